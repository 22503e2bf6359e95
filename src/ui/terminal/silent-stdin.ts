// The stdin that Ink believes in: nothing ever comes from it, because keys are read by our own tokenizer.
import { EventEmitter } from 'node:events';

export const silentStdin = (): EventEmitter & { readonly isTTY: false } =>
  Object.assign(new EventEmitter(), { isTTY: false as const });
