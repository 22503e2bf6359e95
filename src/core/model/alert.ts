// An alert: one attack with one id, updated while it goes on; printed as in contract.md.

/**
 * How bad, from a note on.
 *
 * @example
 * ```ts
 * const loud: readonly Severity[] = ['high', 'critical'];
 * ```
 */
export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';
export const severities: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical'];

/**
 * One side of an attack, source or target, as far as it is known.
 *
 * @example
 * ```ts
 * monitor.on('alert', ({ source }) => console.log(source?.address ?? source?.mac ?? 'many'));
 * ```
 */
export interface AlertParty {
  /** IPv4 dotted, IPv6 as RFC 5952 writes it. */
  readonly address?: string;
  /** Six bytes in hex, joined by colons: of attacks on layer 2. */
  readonly mac?: string;
  /** TCP or UDP port. */
  readonly port?: number;
}

/**
 * Many of one side.
 *
 * @example
 * ```ts
 * monitor.on('alert', ({ evidence }) => console.log(evidence.sources?.count, evidence.sources?.sample));
 * ```
 */
export interface AlertParties {
  /** All of them. */
  readonly count: number;
  /** Addresses of up to 16 of them. */
  readonly sample: readonly string[];
}

/**
 * The figures that crossed the threshold, by name; which ones depends on the kind.
 *
 * @example
 * ```ts
 * monitor.on('alert', ({ kind, count, evidence }) => console.log(`${kind}: ${count} ${evidence.unit}`));
 * ```
 */
export interface AlertEvidence {
  /** What `count` counts: "ports", "hosts", "packets" … */
  readonly unit: string;
  /** Whether it could be forged: one-way evidence is spoofable. */
  readonly spoofable: boolean;
  /** How sure the rule is. */
  readonly confidence: 'low' | 'medium' | 'high';
  /** How many there were, and up to 16 of them: where `source` is null. */
  readonly sources?: AlertParties;
  /** How many were meant, and up to 16 of them: where `destination` is null. */
  readonly targets?: AlertParties;
  readonly [figure: string]: unknown;
}

/**
 * One attack: one `id`, emitted again as it changes.
 *
 * @example
 * ```ts
 * monitor.on('alert', ({ state, severity, message }) => { if (state === 'new') console.log(severity, message); });
 * ```
 */
export interface Alert {
  /** Hash of kind, source, destination and firstSeen: equal on replay. */
  readonly id: string;
  /** `new` once, `ongoing` when it has changed, `ended` last. */
  readonly state: 'new' | 'ongoing' | 'ended';
  /** E.g. "port_scan_syn": docs/detection.md lists them. */
  readonly kind: string;
  /** From a note to what should wake somebody. */
  readonly severity: Severity;
  /** MITRE ATT&CK technique, e.g. "T1046". */
  readonly technique: string;
  /** null: many, or unknown (forged). */
  readonly source: AlertParty | null;
  /** null: many. */
  readonly destination: AlertParty | null;
  /** As in ticks; null where several are meant. */
  readonly protocol: string | null;
  /** Where it was seen first. */
  readonly interface: string;
  /** The run clock, microseconds since 1970, like every time in the core. */
  readonly firstSeenUs: number;
  /** The run clock, microseconds since 1970. */
  readonly lastSeenUs: number;
  /** `lastSeenUs` by the wall clock: for printing. */
  readonly wallUs: number;
  /** How often, in `evidence.unit`; it grows while the attack goes on. */
  readonly count: number;
  /** One sentence that a person understands. */
  readonly message: string;
  /** What was seen. */
  readonly evidence: AlertEvidence;
  /** What would not have been an alert yet, by the names of the settings. */
  readonly threshold: Readonly<Record<string, number | string | boolean>>;
}
