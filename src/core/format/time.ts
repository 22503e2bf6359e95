// Microseconds since 1970 → ISO 8601 UTC with 6 decimals.

/** Beyond the year 9999 or before 1970 (a hostile capture) it is clamped: Date would throw. */
const LAST_MICROSECOND = 253_402_300_799 * 1e6;

export function formatTime(timeUs: number): string {
  const clamped = timeUs > 0 ? Math.min(Math.floor(timeUs), LAST_MICROSECOND) : 0;
  const seconds = Math.floor(clamped / 1e6);
  const microseconds = clamped - seconds * 1e6;
  const text = new Date(seconds * 1000).toISOString();
  return `${text.slice(0, 19)}.${String(microseconds).padStart(6, '0')}Z`;
}
