// Numbers with units for people: bytes, rates, counts, durations. Three significant digits, at most five characters before the unit.

const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** 1234567 → "1.23M", 999 → "999", 0 → "0". Decimal, as rates and counts are. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return '-';
  let scaled = Math.abs(value);
  let prefix = 0;
  // 999.5 rounds to 1000: it belongs to the next prefix.
  while (scaled >= 999.5 && prefix < prefixes.length - 1) {
    scaled /= 1000;
    prefix += 1;
  }
  const sign = value < 0 ? '-' : '';
  if (prefix === 0)
    return `${sign}${scaled >= 99.5 || Number.isInteger(scaled) ? Math.round(scaled) : Number(scaled.toPrecision(2))}`;
  const digits = scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return `${sign}${scaled.toFixed(digits)}${prefixes[prefix]}`;
}

export function formatBytes(bytes: number): string {
  return `${formatCount(bytes)}B`;
}

export function formatBitsPerSecond(bitsPerSecond: number): string {
  return `${formatCount(bitsPerSecond)}b/s`;
}

/** One or two units: "12s", "5m", "1h32", "3d04". Coarse on purpose: calm on the screen. */
export function formatAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (hours < 24) return `${hours}h${two(minutes % 60)}`;
  return `${Math.floor(hours / 24)}d${two(hours % 24)}`;
}

/** For machines: raw, but without the noise of a double's last digits. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
