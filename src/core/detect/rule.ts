// What a rule is: one file, one family of kinds, with its thresholds, what it needs from the kernel, and how it explains itself.
import type { AlertParty, Severity } from '../model/alert.js';
import type { KernelEvent, KernelEventType } from '../model/kernel-event.js';
import type { DetectionSettings } from './settings.js';
import type { Tick } from './tick.js';
import type { Kind } from './vocabulary.js';
import type { StateLedger } from './windows.js';

export interface ThresholdDescription {
  readonly value: number;
  readonly unit: string;
  readonly meaning: string;
  /** Where the figure comes from: the tool or the measurement. */
  readonly origin: string;
}

export type Thresholds = Readonly<Record<string, ThresholdDescription>>;

/** What a rule found in this tick. Findings of one `kind` and `key` are one incident, however often they are reported. */
export interface Finding {
  readonly kind: Kind;
  /** Left out: the kind's usual one. */
  readonly severity?: Severity;
  /** Who and whom, as text: what makes it the same incident next time. */
  readonly key: string;
  readonly source: AlertParty | null;
  readonly destination: AlertParty | null;
  readonly protocol: string | null;
  readonly interface: string;
  /** Either what it comes to by now (distinct ports), or what this tick adds (packets). */
  readonly total?: number;
  readonly add?: number;
  /** What is counted. */
  readonly unit: string;
  readonly firstSeenUs: number;
  readonly lastSeenUs: number;
  readonly message: string;
  readonly spoofable: boolean;
  readonly confidence: 'low' | 'medium' | 'high';
  readonly sources?: { readonly count: number; readonly sample: readonly string[] };
  readonly targets?: { readonly count: number; readonly sample: readonly string[] };
  readonly evidence?: Readonly<Record<string, unknown>>;
  readonly threshold: Readonly<Record<string, number | string | boolean>>;
  /** Addresses and port that allow lists look at, where they aren't source and destination (a scan of many). */
  readonly port?: number;
}

export type Report = (finding: Finding) => void;

export interface Rule {
  /** Once a tick, after all kernel events. */
  tick?(tick: Tick, report: Report): void;
  /**
   * Each kernel event of the types that the definition names. First bytes of TCP come as messages: segments that straddle one are
   * joined, and each is handed over once.
   */
  kernelEvent?(kernelEvent: KernelEvent, tick: Tick, report: Report): void;
}

export interface RuleContext {
  threshold(name: string): number;
  readonly settings: DetectionSettings;
  readonly ledger: StateLedger;
}

export interface RuleDefinition {
  /** Kebab-case; the key of its thresholds in the settings. */
  readonly name: string;
  readonly kinds: readonly Kind[];
  /** How it decides, in two or three sentences. */
  readonly method: string;
  readonly thresholds: Thresholds;
  /** enum control_feature bits that it needs from the kernel. */
  readonly features: number;
  readonly eventTypes: readonly KernelEventType[];
  /** Of payload kernel events only those of these classes (enum payload_class in records.h); absent: all. */
  readonly payloadClasses?: readonly number[];
  /** First bytes of TCP segment by segment, as they came: for what reads lengths and sequence numbers. */
  readonly readsSegments?: boolean;
  create(context: RuleContext): Rule;
}

/** The thresholds of a rule as plain numbers, the user's where there are some. */
export function readThresholds<Names extends string>(
  context: RuleContext,
  thresholds: Readonly<Record<Names, ThresholdDescription>>,
): Readonly<Record<Names, number>> {
  const values = {} as Record<Names, number>;
  for (const name of Object.keys(thresholds) as Names[]) values[name] = context.threshold(name);
  return values;
}
