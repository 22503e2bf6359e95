// Slots of the kernel's totals: one for each interface that is watched, given back when its last counts have been drained.

export class InterfaceSlots {
  readonly limit: number;
  #next = 0;
  readonly #free: number[] = [];
  /** Programs that were running when the interface went may still write to them. */
  #retired: number[] = [];
  #draining: number[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  /** null: all are in use. */
  take(): number | null {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    return this.#next < this.limit ? this.#next++ : null;
  }

  /** Another interface may have it after a drain that begins from now on. */
  retire(slot: number): void {
    this.#retired.push(slot);
  }

  drainBegins(): void {
    this.#draining.push(...this.#retired);
    this.#retired = [];
  }

  /** True: slots have become free. */
  drainEnded(): boolean {
    const freed = this.#draining.length > 0;
    this.#free.push(...this.#draining);
    this.#draining = [];
    return freed;
  }
}
