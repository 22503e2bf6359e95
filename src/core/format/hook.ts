// Where an interface is read, in words: "xdp native", "tcx", "none".
import type { HookState } from '../model/snapshot.js';

export const hookText = ({ hook, mode }: Pick<HookState, 'hook' | 'mode'>): string =>
  mode === null ? hook : `${hook} ${mode}`;
