// A part of the screen's state for a component: it re-renders only when that part changes.
import { useSyncExternalStore } from 'react';
import type { ScreenState } from '../state/screen-state.js';
import type { ScreenStore } from '../state/store.js';

/** `select` must return a primitive, or an object that is kept in the state itself. */
export const useSelected = <Part>(store: ScreenStore, select: (state: ScreenState) => Part): Part =>
  useSyncExternalStore(store.subscribe, () => select(store.get()));
