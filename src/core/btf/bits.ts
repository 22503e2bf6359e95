// Integers of any width at any bit, in and out of little-endian bytes.

/** A number as long as it is exact, else a bigint. */
export function plainInteger(value: bigint): number | bigint {
  const plain = Number(value);
  return Number.isSafeInteger(plain) ? plain : value;
}

/** `bits` (1 to 64) from bit `bitOffset` on. The caller has checked that they are inside. */
export function readBits(view: DataView, bitOffset: number, bits: number, signed: boolean): bigint {
  const first = bitOffset >>> 3;
  const last = (bitOffset + bits - 1) >>> 3;
  let raw = 0n;
  for (let at = last; at >= first; at--) raw = (raw << 8n) | BigInt(view.getUint8(at));
  raw >>= BigInt(bitOffset & 7);
  return signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw);
}

/** The bits must be zero before. */
export function writeBits(view: DataView, bitOffset: number, bits: number, value: bigint): void {
  const first = bitOffset >>> 3;
  const last = (bitOffset + bits - 1) >>> 3;
  let raw = BigInt.asUintN(bits, value) << BigInt(bitOffset & 7);
  for (let at = first; at <= last; at++, raw >>= 8n) {
    view.setUint8(at, view.getUint8(at) | Number(raw & 0xffn));
  }
}

/** Whole integers of 1, 2, 4, 8 or 16 bytes. */
export function readInteger(
  view: DataView,
  offset: number,
  size: number,
  signed: boolean,
): number | bigint {
  switch (size) {
    case 1:
      return signed ? view.getInt8(offset) : view.getUint8(offset);
    case 2:
      return signed ? view.getInt16(offset, true) : view.getUint16(offset, true);
    case 4:
      return signed ? view.getInt32(offset, true) : view.getUint32(offset, true);
    case 8: {
      const high = signed ? view.getInt32(offset + 4, true) : view.getUint32(offset + 4, true);
      const value = high * 2 ** 32 + view.getUint32(offset, true);
      if (Number.isSafeInteger(value)) return value;
      return signed ? view.getBigInt64(offset, true) : view.getBigUint64(offset, true);
    }
    default: {
      const low = view.getBigUint64(offset, true);
      const high = signed
        ? view.getBigInt64(offset + 8, true)
        : view.getBigUint64(offset + 8, true);
      return plainInteger((high << 64n) | low);
    }
  }
}
