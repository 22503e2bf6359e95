// An alert as a filter: the flows that it is about, in the language of the prompt.
import type { Alert } from '../../core/model/alert.js';

interface Sample {
  readonly count: number;
  readonly sample: readonly string[];
}

interface Hosts {
  readonly term: string;
  /** Some of many: better than nothing, worse than the other side alone. */
  readonly partial: boolean;
}

/** Sources or destinations: the named address, else the sample that the alert keeps. */
const hostsOf = (address: string | undefined, many: unknown): Hosts | null => {
  if (address !== undefined) return { term: `host ${address}`, partial: false };
  if (typeof many !== 'object' || many === null || !('sample' in many)) return null;
  const { count, sample } = many as Sample;
  const known = sample.filter((one) => /^[0-9a-f.:]+$/i.test(one));
  if (known.length === 0) return null;
  return { term: `host {${known.join(' ')}}`, partial: known.length < count };
};

/** '' when it names no address. */
export const alertFilter = (alert: Alert): string => {
  const { source, destination, evidence } = alert;
  const sides = [
    hostsOf(source?.address, evidence['sources']),
    hostsOf(destination?.address, evidence['targets']),
  ].filter((side) => side !== null);
  if (sides.length === 0) return '';
  const whole = sides.filter((side) => !side.partial);
  const terms = (whole.length > 0 ? whole : sides).map((side) => side.term);
  if (destination?.port) terms.push(`port ${destination.port}`);
  return terms.join(' and ');
};
