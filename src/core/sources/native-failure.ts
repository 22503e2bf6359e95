// The addon's errors → what a user is told: what and why, what to do, and the exit status.
import { readFileSync } from 'node:fs';
import { ExpectedError } from '../errors/expected-error.js';
import type { NativeModule } from '../native/contract.js';
import { AddonLoadError, isNativeError } from '../native/load.js';

/** linux/capability.h */
const capabilities: readonly (readonly [number, string])[] = [
  [12, 'CAP_NET_ADMIN'],
  [38, 'CAP_PERFMON'],
  [39, 'CAP_BPF'],
];
const CAP_SYS_ADMIN = 21n;

/** Those that are missing in this process; empty where it can't be told. */
export function missingCapabilities(): string[] {
  let status: string;
  try {
    status = readFileSync('/proc/self/status', 'latin1');
  } catch {
    return [];
  }
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1];
  if (effective === undefined) return [];
  const bits = BigInt(`0x${effective}`);
  const has = (bit: bigint): boolean => ((bits >> bit) & 1n) === 1n;
  return capabilities
    .filter(([bit]) => !has(BigInt(bit)) && !(bit !== 12 && has(CAP_SYS_ADMIN)))
    .map(([, name]) => name);
}

function notPermitted(what: string, detail: string, cause: unknown): ExpectedError {
  const missing = missingCapabilities();
  const why =
    missing.length > 0
      ? `missing ${missing.join(', ')}`
      : 'the kernel refuses it in spite of the capabilities (seccomp, lockdown or a container)';
  return new ExpectedError(`not permitted to ${what}: ${why}`, {
    status: 3,
    advice:
      missing.length > 0
        ? 'Run it as root (sudo kubenetprobe-top …), or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON'
        : 'Run it outside of the container, or let its profile allow bpf(2) and perf_event_open(2)',
    detail,
    cause,
  });
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** The verifier's verdict is the line before its statistics; what comes before are the steps that led there. */
function verdict(log: string): string {
  const lines = log.split('\n').map((line) => line.trim());
  const statistics = lines.findLastIndex((line) => /^processed \d+ insns/.test(line));
  return statistics > 0 ? lines[statistics - 1]! : (lines.findLast((line) => line !== '') ?? '');
}

/** A namespace that isn't there is a missing file, not a missing interface. */
export function enterNamespace(native: NativeModule, path: string): void {
  try {
    native.enterNetworkNamespace(path);
  } catch (error) {
    if (!isNativeError(error) || !['ENOENT', 'EINVAL', 'ENOTDIR'].includes(error.code)) throw error;
    throw new ExpectedError(`${path} is no network namespace`, {
      status: 5,
      advice: 'List them with: ip netns; a process has its own at /proc/PID/ns/net',
      cause: error,
    });
  }
}

/** Anything that loading, attaching or draining threw. Errors that aren't the addon's pass through. */
export function nativeFailure(error: unknown): Error {
  if (error instanceof AddonLoadError) {
    return new ExpectedError(error.message, { status: 4, advice: error.advice, cause: error });
  }
  if (!isNativeError(error)) return error instanceof Error ? error : new Error(String(error));
  const { code, operation, detail } = error;
  if (code === 'EPERM' || code === 'EACCES') return notPermitted(operation, detail, error);
  if (code === 'ENODEV' || code === 'ENXIO') {
    return new ExpectedError(`cannot ${operation}: no such interface`, {
      status: 5,
      advice: 'List interfaces with: ip link',
      detail,
      cause: error,
    });
  }
  if (code === 'ENOMEM' || code === 'E2BIG') {
    return new ExpectedError(`cannot ${operation}: the kernel has no memory for it (${code})`, {
      status: 4,
      advice: 'Take fewer flows with --max-flows, or raise the memory lock limit (ulimit -l)',
      detail,
      cause: error,
    });
  }
  if (code === 'EVERIFIER') {
    return new ExpectedError(
      `cannot ${operation}: the kernel's verifier refused it: ${verdict(detail)}`,
      {
        status: 4,
        advice: "Report this with the kernel's version (uname -r) and what --debug shows",
        detail,
        cause: error,
      },
    );
  }
  return new ExpectedError(`cannot ${operation}: ${firstLine(detail) || code}`, {
    status: 4,
    advice:
      'Run "kubenetprobe-top doctor" to see what this kernel lacks; --debug shows its own words',
    detail,
    cause: error,
  });
}
