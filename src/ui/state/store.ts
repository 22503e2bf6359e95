// Holds the screen's state and notifies its listeners of changes.
import type { ScreenState } from './screen-state.js';

export class ScreenStore {
  private readonly listeners = new Set<() => void>();

  constructor(private current: ScreenState) {}

  readonly get = (): ScreenState => this.current;

  update(change: Partial<ScreenState>): void {
    this.current = { ...this.current, ...change };
    for (const listener of this.listeners) listener();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}
