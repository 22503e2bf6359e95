// Stand-in for stdin, for Ink: never yields data, because the key tokenizer reads the keyboard.
import { EventEmitter } from 'node:events';

export const silentStdin = (): EventEmitter & { readonly isTTY: false } =>
  Object.assign(new EventEmitter(), { isTTY: false as const });
