// Values of per-CPU maps: the kernel hands out one value for each possible CPU, each padded to 8 bytes.
import { BtfError } from './btf-error.js';
import type { Decoder } from './decode.js';
import type { BtfValue } from './type.js';

export function perCpuStride(valueSize: number): number {
  return Math.ceil(valueSize / 8) * 8;
}

/** One value for each CPU, in the order of CPU numbers. */
export function decodePerCpu(
  decoder: Decoder,
  typeId: number,
  bytes: Uint8Array,
  cpus: number,
): BtfValue[] {
  const stride = perCpuStride(decoder.sizeOf(typeId));
  if (bytes.byteLength < stride * cpus) {
    throw new BtfError(
      'value_too_short',
      `${bytes.byteLength} bytes for ${cpus} CPUs with ${stride} bytes each`,
    );
  }
  return Array.from({ length: cpus }, (_, cpu) =>
    decoder.decode(typeId, bytes.subarray(cpu * stride, cpu * stride + decoder.sizeOf(typeId))),
  );
}

function add(left: number | bigint, right: number | bigint): number | bigint {
  const plain = Number(left) + Number(right);
  return typeof left === 'number' &&
    typeof right === 'number' &&
    (Number.isSafeInteger(plain) || !Number.isInteger(plain))
    ? plain
    : BigInt(left) + BigInt(right);
}

function isObject(value: BtfValue): value is { readonly [member: string]: BtfValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sumTwo(left: BtfValue, right: BtfValue): BtfValue {
  const numeric = (value: BtfValue) => typeof value === 'number' || typeof value === 'bigint';
  if (numeric(left) && numeric(right))
    return add(left as number | bigint, right as number | bigint);
  if (Array.isArray(left) && Array.isArray(right)) {
    const [first, second] = [left as readonly BtfValue[], right as readonly BtfValue[]];
    return first.map((value, index) => sumTwo(value, second[index] ?? null));
  }
  if (isObject(left) && isObject(right)) {
    return Object.fromEntries(
      Object.entries(left).map(([name, value]) => [name, sumTwo(value, right[name] ?? null)]),
    );
  }
  return left === right ? left : null;
}

/** Numbers are added up, member by member; what can't be added (text, names, pointers) stays where all CPUs agree, else null. */
export function sumPerCpu(values: readonly BtfValue[]): BtfValue {
  return values.length === 0 ? null : values.slice(1).reduce(sumTwo, values[0]!);
}
