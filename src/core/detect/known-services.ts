// Services that a host has used: when one of them goes down, those who go on asking for it are no scanners.

/** In each of two generations: a monitor's targets, a node's pods, and what browsers visit in an hour. */
const GENERATION = 16_384;

export class KnownServices {
  #current = new Set<number>();
  #previous = new Set<number>();

  /** By host, service and port. */
  add(key: number): void {
    if (this.#current.has(key)) return;
    if (this.#current.size >= GENERATION) {
      this.#previous = this.#current;
      this.#current = new Set();
    }
    this.#current.add(key);
  }

  /** What is asked for in vain, again and again, stays known. */
  has(key: number): boolean {
    if (this.#current.has(key)) return true;
    if (!this.#previous.has(key)) return false;
    this.add(key);
    return true;
  }
}
