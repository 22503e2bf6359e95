// One line of the doctor: what was found, what is lost by it, and how to fix it.
import type { FailureStatus } from '../errors/expected-error.js';

export type FindingStatus = 'ok' | 'degraded' | 'broken';

export interface Finding {
  /** Stable name in --json, snake_case. */
  readonly check: string;
  /** Null: it concerns the machine. */
  readonly interface: string | null;
  readonly status: FindingStatus;
  readonly found: string;
  /** What does not work, or works worse. */
  readonly lost: string | null;
  /** How to fix it, in words. */
  readonly fix: string | null;
  /** To be pasted into a shell. */
  readonly command: string | null;
  /** What the program itself would end with; only where monitoring can't work. */
  readonly exitStatus: FailureStatus | null;
}

interface Subject {
  readonly check: string;
  readonly interface?: string;
}

const base = (subject: Subject) => ({
  check: subject.check,
  interface: subject.interface ?? null,
  lost: null,
  fix: null,
  command: null,
  exitStatus: null,
});

export function ok(subject: Subject, found: string): Finding {
  return { ...base(subject), status: 'ok', found };
}

export function degraded(
  subject: Subject,
  found: string,
  details: { lost: string; fix?: string; command?: string },
): Finding {
  return {
    ...base(subject),
    status: 'degraded',
    found,
    lost: details.lost,
    fix: details.fix ?? null,
    command: details.command ?? null,
  };
}

export function broken(
  subject: Subject,
  found: string,
  details: { fix: string; command?: string; exitStatus: FailureStatus },
): Finding {
  return {
    ...base(subject),
    status: 'broken',
    found,
    lost: 'monitoring',
    fix: details.fix,
    command: details.command ?? null,
    exitStatus: details.exitStatus,
  };
}

/** 0 when monitoring can work; else what the program would stop at first: names, then rights, then the kernel. */
export function exitStatusOf(findings: readonly Finding[]): number {
  const statuses = new Set(findings.map((finding) => finding.exitStatus));
  return ([5, 3, 4, 1, 2] as const).find((status) => statuses.has(status)) ?? 0;
}
