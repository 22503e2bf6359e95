// A field's value as plain text, by its kind.
import { formatAge, formatBitsPerSecond, formatBytes, formatCount } from '../format/quantity.js';
import type { FieldKind } from './schema/contract.js';

/** null: the flow has no such value. */
export function fieldText(kind: FieldKind, value: string | number | null): string {
  if (value === null || value === '') return '-';
  if (typeof value === 'string') return value;
  switch (kind) {
    case 'bitsPerSecond':
      return formatBitsPerSecond(value);
    case 'bytes':
      return formatBytes(value);
    case 'count':
    case 'packetsPerSecond':
      return formatCount(value);
    case 'seconds':
      return formatAge(value);
    default:
      return String(value);
  }
}
