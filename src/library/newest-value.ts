// A slot for one value: the writer never blocks, the reader always gets the newest, overwritten values are counted.

export class NewestValue<Value> {
  #value: Value | undefined;
  #filled = false;
  #ended: { readonly error: Error | null } | null = null;
  #wake: (() => void) | null = null;
  /** Values that were replaced before they were read. */
  skipped = 0;

  put(value: Value): void {
    if (this.#filled) this.skipped += 1;
    this.#value = value;
    this.#filled = true;
    this.#wake?.();
  }

  /** The last value is still delivered. */
  end(error: Error | null): void {
    this.#ended ??= { error };
    this.#wake?.();
  }

  /** undefined: the end. Rejects with what ended it, if that was an error. */
  async take(): Promise<Value | undefined> {
    while (!this.#filled && !this.#ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    if (this.#filled) {
      const value = this.#value;
      this.#filled = false;
      this.#value = undefined;
      return value;
    }
    if (this.#ended?.error) throw this.#ended.error;
    return undefined;
  }
}
