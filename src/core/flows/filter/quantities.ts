// "1.5M", "100KB/s", "10Mi", "5m": numbers with units, in the unit of the field that they are compared with.
import type { FieldKind } from '../schema/contract.js';

const decimal: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const binary: Readonly<Record<string, number>> = { k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };
const seconds: Readonly<Record<string, number>> = {
  us: 1e-6,
  µs: 1e-6,
  ms: 1e-3,
  s: 1,
  sec: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
  '': 1e-3,
};

/** The error for a wrong value. */
export const quantityHints: Readonly<Partial<Record<FieldKind, string>>> = {
  bitsPerSecond: 'rates are numbers with k M G T (Ki Mi Gi), b or B: 1M, 500kb/s, 10MB/s',
  packetsPerSecond: 'a number, with k or M: 1000, 10k',
  bytes: 'sizes are bytes, with k M G T or Ki Mi Gi: 10M, 1GiB',
  count: 'a number, with k or M: 100, 10k',
  seconds: 'times are numbers with us, ms, s, m, h or d: 500ms, 10s, 5m',
  number: 'a whole number',
};

function scaled(text: string, unit: RegExp): { value: number; unit: string } | null {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))([kmgt]?)(i?)(.*)$/i.exec(text);
  if (!match) return null;
  const [, digits = '', prefix = '', isBinary = '', rest = ''] = match;
  if ((isBinary && !prefix) || !unit.test(rest)) return null;
  const scale = prefix ? (isBinary ? binary : decimal)[prefix.toLowerCase()]! : 1;
  return { value: Number(digits) * scale, unit: rest };
}

/** null: it isn't one. */
export function parseQuantity(text: string, kind: FieldKind): number | null {
  switch (kind) {
    case 'bitsPerSecond': {
      const found = scaled(text, /^(b|B|bit|bits|byte|bytes|bps|Bps)?(\/s|ps)?$/);
      return found && found.value * (/^(B|byte)/.test(found.unit) ? 8 : 1);
    }
    case 'packetsPerSecond':
      return scaled(text, /^(p|pkt|pkts|packets)?(\/s|ps)?$/i)?.value ?? null;
    case 'bytes':
      return scaled(text, /^(b|byte|bytes)?$/i)?.value ?? null;
    case 'count':
      return scaled(text, /^$/)?.value ?? null;
    case 'seconds': {
      const match = /^([+-]?(?:\d+\.?\d*|\.\d+))([a-zµ]*)$/i.exec(text);
      const unit = seconds[match?.[2]?.toLowerCase() ?? '?'];
      return unit === undefined ? null : Number(match?.[1]) * unit;
    }
    case 'number':
      return /^\d+$/.test(text) ? Number(text) : null;
    default:
      return null;
  }
}
