// Splits what the addon hands over into single events: each is its length, four zero bytes, and the bytes padded to 8.

const prefixBytes = 8;

export function* eventRecords(buffer: ArrayBuffer): Generator<Uint8Array> {
  const view = new DataView(buffer);
  let at = 0;
  while (at + prefixBytes <= buffer.byteLength) {
    const length = view.getUint32(at, true);
    at += prefixBytes;
    if (at + length > buffer.byteLength) return;
    yield new Uint8Array(buffer, at, length);
    at += Math.ceil(length / 8) * 8;
  }
}
