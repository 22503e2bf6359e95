// Payload as text: Latin-1, so that every byte is one character; hashes by which texts are compared and not kept.

/** Several readers take the same payload one after the other: its text is made once. */
let lastBytes: Uint8Array | null = null;
let lastMax = 0;
let lastText = '';
/** All kernel events of a tenth of a second share one buffer. */
let lastMemory: ArrayBufferLike | null = null;
let lastBuffer: Buffer<ArrayBufferLike> = Buffer.alloc(0);

/** Latin-1, so that every byte is one character and nothing is rejected. In one piece: a text put together by characters costs 32 bytes each. */
export function latin1(bytes: Uint8Array, max = 2048): string {
  if (bytes === lastBytes && max === lastMax) return lastText;
  if (bytes.buffer !== lastMemory) {
    lastMemory = bytes.buffer;
    lastBuffer = Buffer.from(bytes.buffer);
  }
  const start = bytes.byteOffset;
  lastText = lastBuffer.toString('latin1', start, start + Math.min(bytes.length, max));
  lastBytes = bytes;
  lastMax = max;
  return lastText;
}

/** Begins with a printable character, as everything does that a service or its client says in the clear. */
export function isReadable(bytes: Uint8Array): boolean {
  return isPrintable(bytes[0] ?? 0);
}

export function isPrintable(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}

export function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  for (let i = 0; i < start.length; i += 1) if (bytes[i] !== start[i]) return false;
  return true;
}

export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export function base64Text(encoded: string): string {
  return Buffer.from(encoded.slice(0, 400), 'base64').toString('latin1');
}
