// What is said of a kind of alert wherever it is explained.
import type { Severity } from '../model/alert.js';

export interface KindDescription {
  readonly technique: string;
  readonly severity: Severity;
  /** What happens, for someone who never heard the word. */
  readonly meaning: string;
  /** What else looks like it, and how to tell. */
  readonly harmless: string;
}

export const kind = (
  technique: string,
  severity: Severity,
  meaning: string,
  harmless: string,
): KindDescription => ({ technique, severity, meaning, harmless });
