// The addresses of one tick as small integers, so that rules can keep figures by host in typed arrays and touch no string.
import { addressKey, addressText, isGroupAddress, isPrivate } from './address.js';

const FIRST_CAPACITY = 4096;

export class HostIndex {
  #capacity = FIRST_CAPACITY;
  #cells = new Int32Array(FIRST_CAPACITY * 2);
  /** Cells in use, so that clearing costs what was used. */
  #used = new Int32Array(FIRST_CAPACITY);
  #count = 0;
  #bytes = new Uint8Array(FIRST_CAPACITY * 16);
  #keys = new Float64Array(FIRST_CAPACITY);

  get count(): number {
    return this.#count;
  }

  clear(): void {
    // Many cells are cleared in a row, a few one by one.
    if (this.#count > this.#capacity / 8) this.#cells.fill(0);
    else for (let i = 0; i < this.#count; i += 1) this.#cells[this.#used[i]!] = 0;
    this.#count = 0;
  }

  /** Room for so many more, made at once: growing by doubling would place a flood's hosts five times over. */
  reserve(hosts: number): void {
    if (this.#capacity >= this.#count + hosts) return;
    while (this.#capacity < this.#count + hosts) this.#capacity *= 2;
    this.#place();
  }

  intern(bytes: Uint8Array, offset: number): number {
    const key = addressKey(bytes, offset);
    const mask = this.#capacity * 2 - 1;
    let cell = key & mask;
    for (;;) {
      const entry = this.#cells[cell]!;
      if (entry === 0) break;
      const host = entry - 1;
      if (this.#keys[host] === key && this.#same(host, bytes, offset)) return host;
      cell = (cell + 1) & mask;
    }
    if (this.#count === this.#capacity) {
      this.#grow();
      return this.intern(bytes, offset);
    }
    const host = this.#count++;
    this.#cells[cell] = host + 1;
    this.#used[host] = cell;
    this.#keys[host] = key;
    for (let i = 0; i < 16; i += 1) this.#bytes[host * 16 + i] = bytes[offset + i]!;
    return host;
  }

  /** Stable over ticks. */
  key(host: number): number {
    return this.#keys[host]!;
  }

  get bytes(): Uint8Array {
    return this.#bytes;
  }

  text(host: number): string {
    return addressText(this.#bytes, host * 16);
  }

  isPrivate(host: number): boolean {
    return isPrivate(this.#bytes, host * 16);
  }

  /** Multicast or broadcast. */
  isGroup(host: number): boolean {
    return isGroupAddress(this.#bytes, host * 16);
  }

  #same(host: number, bytes: Uint8Array, offset: number): boolean {
    for (let i = 15; i >= 0; i -= 1) {
      if (this.#bytes[host * 16 + i] !== bytes[offset + i]) return false;
    }
    return true;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#place();
  }

  /** Arrays of the capacity that is wanted now, with all hosts in their cells. */
  #place(): void {
    const capacity = this.#capacity;
    const bytes = new Uint8Array(capacity * 16);
    bytes.set(this.#bytes);
    const keys = new Float64Array(capacity);
    keys.set(this.#keys);
    const cells = new Int32Array(capacity * 2);
    const used = new Int32Array(capacity);
    const mask = capacity * 2 - 1;
    for (let host = 0; host < this.#count; host += 1) {
      let cell = keys[host]! & mask;
      while (cells[cell] !== 0) cell = (cell + 1) & mask;
      cells[cell] = host + 1;
      used[host] = cell;
    }
    this.#bytes = bytes;
    this.#keys = keys;
    this.#cells = cells;
    this.#used = used;
  }
}
