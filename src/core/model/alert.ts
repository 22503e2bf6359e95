// An alert: one attack, one id, growing; as contract.md prints it.

export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical';
export const severities: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical'];

export interface AlertParty {
  readonly address?: string;
  readonly mac?: string;
  readonly port?: number;
}

export interface AlertEvidence {
  /** What `count` counts: "ports", "hosts", "packets" … */
  readonly unit: string;
  /** Who could have forged it: one-way evidence is spoofable. */
  readonly spoofable: boolean;
  readonly confidence: 'low' | 'medium' | 'high';
  readonly sources?: { readonly count: number; readonly sample: readonly string[] };
  readonly targets?: { readonly count: number; readonly sample: readonly string[] };
  readonly [figure: string]: unknown;
}

export interface Alert {
  /** Hash of kind, source, destination and firstSeen: equal on replay. */
  readonly id: string;
  readonly state: 'new' | 'ongoing' | 'ended';
  /** A word of the vocabulary (src/core/detect). */
  readonly kind: string;
  readonly severity: Severity;
  /** MITRE ATT&CK technique, e.g. "T1046". */
  readonly technique: string;
  readonly source: AlertParty | null;
  readonly destination: AlertParty | null;
  readonly protocol: string | null;
  readonly interface: string;
  /** Microseconds since 1970, like every time in the core. */
  readonly firstSeenUs: number;
  readonly lastSeenUs: number;
  readonly count: number;
  readonly message: string;
  readonly evidence: AlertEvidence;
  readonly threshold: Readonly<Record<string, number | string | boolean>>;
}
