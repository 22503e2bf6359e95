// Loops over typed arrays, one for each kind: one for all is ten times slower, for V8 knows only in a single-kind loop what it copies.

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;
type Slots = readonly number[];

/** The smaller column's values at the start of a larger one. */
export function grown<T extends Column>(larger: T, smaller: T | undefined): T {
  if (smaller) larger.set(smaller);
  return larger;
}

export function copyDoubles(
  to: Float64Array,
  from: Float64Array,
  slots: Slots,
  width: number,
): void {
  for (let row = 0; row < slots.length; row += 1)
    for (let i = 0; i < width; i += 1) to[row * width + i] = from[slots[row]! * width + i]!;
}

export function copyWords(to: Uint32Array, from: Uint32Array, slots: Slots, width: number): void {
  for (let row = 0; row < slots.length; row += 1)
    for (let i = 0; i < width; i += 1) to[row * width + i] = from[slots[row]! * width + i]!;
}

export function copyHalves(to: Uint16Array, from: Uint16Array, slots: Slots, width: number): void {
  for (let row = 0; row < slots.length; row += 1)
    for (let i = 0; i < width; i += 1) to[row * width + i] = from[slots[row]! * width + i]!;
}

export function copyBytes(to: Uint8Array, from: Uint8Array, slots: Slots, width: number): void {
  for (let row = 0; row < slots.length; row += 1)
    for (let i = 0; i < width; i += 1) to[row * width + i] = from[slots[row]! * width + i]!;
}

/** Only of rows whose cell in `present` isn't 0. */
export function copyWordsWith(
  present: Uint8Array,
  to: Uint32Array,
  from: Uint32Array,
  slots: Slots,
  width: number,
): void {
  for (let row = 0; row < slots.length; row += 1) {
    if (present[row] === 0) continue;
    for (let i = 0; i < width; i += 1) to[row * width + i] = from[slots[row]! * width + i]!;
  }
}
