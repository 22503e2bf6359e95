// Numbers in five cells: three significant digits, zero as a dot, rates coloured by magnitude.
import { formatCount } from '../../core/format/quantity.js';
import { bold, dim, type Style } from '../terminal/style.js';

export type Units = 'bits' | 'bytes';

export const quantity = (value: number): string => (value > 0 ? formatCount(value) : '·');

/** Rates are held in bits; the screen may show bytes. */
export const rateText = (bitsPerSecond: number, units: Units): string =>
  quantity(units === 'bits' ? bitsPerSecond : bitsPerSecond / 8);

/** Beside its unit zero is a number; in a column it is a dot. */
export const rateNumber = (bitsPerSecond: number, units: Units): string =>
  bitsPerSecond > 0 ? rateText(bitsPerSecond, units) : '0';

export const rateUnit = (units: Units): string => (units === 'bits' ? 'b/s' : 'B/s');

/** Size is seen before it is read: below 1 K dim, K plain, M coloured, G bold and coloured. */
export const rateStyle = (bitsPerSecond: number, color: Style): Style => {
  if (bitsPerSecond >= 1e9) return color | bold;
  if (bitsPerSecond >= 1e6) return color;
  return bitsPerSecond >= 1e3 ? 0 : dim;
};

/** 1234567 → "1,234,567". */
export const grouped = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
