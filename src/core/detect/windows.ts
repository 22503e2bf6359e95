// Bounded memory for rules: rolling sets and counts, tables that forget the oldest, and one ledger that counts what was forgotten.

/** What every table of every rule has had to forget, by name; and the budget that all sets share. */
export class StateLedger {
  readonly #forgotten = new Map<string, number>();
  /** Elements in all rolling sets together: about 40 bytes each, so 400,000 are 16 MB. */
  readonly elementBudget: number;
  elements = 0;

  constructor(elementBudget = 400_000) {
    this.elementBudget = elementBudget;
  }

  /** A source's own lists are trimmed all the time while it attacks: counted, but nothing to warn of. */
  trimmed = 0;

  forget(name: string, count = 1): void {
    this.#forgotten.set(name, (this.#forgotten.get(name) ?? 0) + count);
  }

  get forgotten(): ReadonlyMap<string, number> {
    return this.#forgotten;
  }

  get forgottenTotal(): number {
    let total = 0;
    for (const count of this.#forgotten.values()) total += count;
    return total;
  }
}

/** Something in a table that holds a share of the ledger's budget and gives it back. */
export interface Releasable {
  release(): void;
}

/** Keys by last use; the one unused longest makes room. */
export class RecencyTable<Key, Value> {
  readonly #map = new Map<Key, Value>();
  /** The last one used: a flood asks for its victim again and again, and deleting and inserting it would rebuild the map each time. */
  #newest: Key | undefined;

  constructor(
    /** null: part of another table's entry, where forgetting is everyday. */
    private readonly name: string | null,
    private readonly cap: number,
    private readonly ledger: StateLedger,
    private readonly onForget: (value: Value) => void = () => {},
  ) {}

  get size(): number {
    return this.#map.size;
  }

  has(key: Key): boolean {
    return this.#map.has(key);
  }

  /** Without touching its age. */
  peek(key: Key): Value | undefined {
    return this.#map.get(key);
  }

  get(key: Key): Value | undefined {
    const value = this.#map.get(key);
    if (value === undefined || key === this.#newest) return value;
    this.#map.delete(key);
    this.#map.set(key, value);
    this.#newest = key;
    return value;
  }

  getOrCreate(key: Key, create: () => Value): Value {
    const known = this.get(key);
    if (known !== undefined) return known;
    if (this.#map.size >= this.cap) this.forgetOldest();
    const value = create();
    this.#map.set(key, value);
    this.#newest = key;
    return value;
  }

  set(key: Key, value: Value): void {
    if (!this.#map.delete(key) && this.#map.size >= this.cap) this.forgetOldest();
    this.#map.set(key, value);
    this.#newest = key;
  }

  delete(key: Key): void {
    const value = this.#map.get(key);
    if (value === undefined) return;
    this.#map.delete(key);
    this.onForget(value);
  }

  forgetOldest(): void {
    const oldest = this.#map.entries().next();
    if (oldest.done) return;
    this.#map.delete(oldest.value[0]);
    this.onForget(oldest.value[1]);
    if (this.name === null) this.ledger.trimmed += 1;
    else this.ledger.forget(this.name);
  }

  /** Oldest first. */
  entries(): IterableIterator<[Key, Value]> {
    return this.#map.entries();
  }

  values(): IterableIterator<Value> {
    return this.#map.values();
  }
}

/**
 * Distinct numbers seen in about the last `windowUs`: two halves, the older one dropped when the newer is half a window old,
 * so an element lives between half a window and a whole one after it was last seen.
 */
export class RollingSet implements Releasable {
  /** Made when something is to be put in: a flood of strangers makes thousands of sets a tick, most of which stay empty. */
  #current: Set<number> | null = null;
  #previous: Set<number> | null = null;
  #since = 0;
  /** Times that an element found no room. */
  overflow = 0;

  constructor(
    private readonly windowUs: number,
    private readonly cap: number,
    private readonly ledger: StateLedger,
  ) {}

  /** True if it wasn't there. */
  add(element: number, nowUs: number): boolean {
    this.#rotate(nowUs);
    if (this.#current?.has(element)) return false;
    const known = this.#previous?.delete(element) ?? false;
    if (!known) {
      const isFull = this.#size >= this.cap;
      if (isFull || this.ledger.elements >= this.ledger.elementBudget) {
        if (!isFull) this.ledger.forget('elements of all sets');
        this.overflow += 1;
        return false;
      }
    }
    this.#current ??= new Set();
    this.#current.add(element);
    if (!known) this.ledger.elements += 1;
    return !known;
  }

  has(element: number): boolean {
    return (this.#current?.has(element) || this.#previous?.has(element)) ?? false;
  }

  delete(element: number): void {
    if (this.#current?.delete(element) || this.#previous?.delete(element))
      this.ledger.elements -= 1;
  }

  size(nowUs: number): number {
    this.#rotate(nowUs);
    return this.#size;
  }

  get #size(): number {
    return (this.#current?.size ?? 0) + (this.#previous?.size ?? 0);
  }

  *elements(): IterableIterator<number> {
    if (this.#previous) yield* this.#previous;
    if (this.#current) yield* this.#current;
  }

  release(): void {
    this.ledger.elements -= this.#size;
    this.#current = null;
    this.#previous = null;
  }

  #rotate(nowUs: number): void {
    if (this.#since === 0) this.#since = nowUs;
    const age = nowUs - this.#since;
    if (age < this.windowUs / 2) return;
    this.ledger.elements -= this.#previous?.size ?? 0;
    this.#previous = null;
    if (age < this.windowUs) this.#previous = this.#current;
    else this.ledger.elements -= this.#current?.size ?? 0;
    this.#current = null;
    this.#since = nowUs;
  }
}

/** A sum over about the last `windowUs`, in the same two halves. */
export class RollingSum {
  #current = 0;
  #previous = 0;
  #since = 0;

  constructor(private readonly windowUs: number) {}

  add(amount: number, nowUs: number): number {
    this.#rotate(nowUs);
    this.#current += amount;
    return this.#current + this.#previous;
  }

  value(nowUs: number): number {
    this.#rotate(nowUs);
    return this.#current + this.#previous;
  }

  #rotate(nowUs: number): void {
    if (this.#since === 0) this.#since = nowUs;
    const age = nowUs - this.#since;
    if (age < this.windowUs / 2) return;
    this.#previous = age < this.windowUs ? this.#current : 0;
    this.#current = 0;
    this.#since = nowUs;
  }
}

/** A count and up to 16 examples, as evidence wants them. */
export class Sample {
  static readonly SIZE = 16;
  readonly #texts = new Set<string>();

  add(text: string): void {
    if (!this.isFull) this.#texts.add(text);
  }

  /** Nobody needs to make another text. */
  get isFull(): boolean {
    return this.#texts.size >= Sample.SIZE;
  }

  get texts(): readonly string[] {
    return [...this.#texts];
  }

  with(count: number): { count: number; sample: string[] } {
    return { count: Math.max(count, this.#texts.size), sample: [...this.#texts] };
  }
}
