// The addon's errors → messages for the user: what and why, what to do, and the exit status.
import { adviceFor, advisesLibraryUsers } from '../errors/audience.js';
import { descriptorLimitFailure } from '../errors/descriptor-limit.js';
import { ExpectedError } from '../errors/expected-error.js';
import type { NativeModule } from '../native/contract.js';
import { type FeatureAnswers, lacksSystemCall } from '../native/kernel-features.js';
import { AddonLoadError, isNativeError, loadNative } from '../native/load.js';
import { missingCapabilities, readProcessPrivileges } from '../native/process-privileges.js';
import { absentSystemCall, explainRefusal } from '../native/refusal.js';

/** Asked again at the moment of failure: which features were refused shows what refuses them. */
function kernelAnswers(): FeatureAnswers {
  try {
    return loadNative().probe();
  } catch (error) {
    if (!(error instanceof AddonLoadError) && !isNativeError(error)) throw error;
    return {};
  }
}

const sentence = (words: string) => `${words[0]?.toUpperCase()}${words.slice(1)}`;

function notPermitted(what: string, detail: string, cause: unknown): ExpectedError {
  const { why, fix, command } = explainRefusal(readProcessPrivileges(), kernelAnswers(), {
    nodePath: process.execPath,
    script: advisesLibraryUsers() ? (process.argv[1] ?? '…') : null,
  });
  return new ExpectedError(`not permitted to ${what}: ${why}`, {
    status: 3,
    advice: `${sentence(fix)}: ${command}`,
    detail,
    cause,
  });
}

function notThere(what: string, detail: string, cause: unknown): ExpectedError {
  const { why, fix } = absentSystemCall(readProcessPrivileges());
  return new ExpectedError(`cannot ${what}: ${why}`, {
    status: 4,
    advice: sentence(fix),
    detail,
    cause,
  });
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? '';

/** The verifier's verdict is the line before its statistics; the lines before that are its trace. */
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
    throw new ExpectedError(`${path} is not a network namespace`, {
      status: 5,
      advice: 'List them with: ip netns; a process has its own at /proc/PID/ns/net',
      cause: error,
    });
  }
}

/** Any error of loading, attaching or draining. Errors that aren't the addon's pass through. */
export function nativeFailure(error: unknown): Error {
  if (error instanceof AddonLoadError) {
    return new ExpectedError(error.message, { status: 4, advice: error.advice, cause: error });
  }
  const noDescriptor = descriptorLimitFailure(error);
  if (noDescriptor) return noDescriptor;
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
    return new ExpectedError(`cannot ${operation}: out of kernel memory (${code})`, {
      status: 4,
      advice: `Use fewer flows with ${adviceFor('--max-flows', 'maxFlows')}, or raise the memory lock limit (ulimit -l)`,
      detail,
      cause: error,
    });
  }
  // Without CAP_PERFMON the verifier treats the programs as unprivileged, without access to kernel addresses.
  if (code === 'EVERIFIER' && missingCapabilities(readProcessPrivileges()).length > 0) {
    return notPermitted(operation, detail, error);
  }
  if (code === 'EVERIFIER') {
    return new ExpectedError(
      `cannot ${operation}: the kernel's verifier refused it: ${verdict(detail)}`,
      {
        status: 4,
        advice: `Report this with the kernel's version (uname -r) and ${adviceFor('what --debug shows', "the error's detail")}`,
        detail,
        cause: error,
      },
    );
  }
  if (lacksSystemCall(kernelAnswers())) return notThere(operation, detail, error);
  return new ExpectedError(`cannot ${operation}: ${firstLine(detail) || code}`, {
    status: 4,
    advice: `Run "npx kubenetprobe-top doctor" to see what this kernel lacks; ${adviceFor('--debug shows', 'detail has')} its own messages`,
    detail,
    cause: error,
  });
}
