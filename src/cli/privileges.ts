// Gives up what is no longer needed once programs are attached: the user, and all capabilities but those that work still asks for.
import { ExpectedError } from '../core/errors/expected-error.js';
import type { InterfaceState } from '../core/model/snapshot.js';
import {
  type CapabilityName,
  capabilityBits,
  holds,
  monitoringCapabilities,
  readCapabilities,
} from '../core/native/capabilities.js';
import type { NativeModule } from '../core/native/contract.js';
import { isNativeError } from '../core/native/load.js';

export interface Privileges {
  readonly user: number;
  readonly capabilities: readonly CapabilityName[];
}

export interface PrivilegeNeeds {
  /** Interfaces may come, or a program may be loaded again. */
  readonly attachesLater: boolean;
  /** Files must stay readable that root alone may read (an object that is watched): root stays, without its powers. */
  readonly readsAsStarter?: boolean;
  readonly interfaces: readonly Pick<InterfaceState, 'ingress' | 'egress'>[];
}

const nobody = 65534;

/** Links go with their descriptors; a clsact filter must be removed explicitly, a capture is run by bpf(2) itself. */
export function neededCapabilities(
  needs: PrivilegeNeeds,
  mapsWorkWithout: boolean,
): readonly CapabilityName[] {
  const byLink = needs.interfaces.every(({ ingress, egress }) =>
    [ingress, egress].every(({ hook }) => hook === 'tcx' || hook === 'xdp' || hook === 'none'),
  );
  return needs.attachesLater || !byLink || !mapsWorkWithout ? monitoringCapabilities : [];
}

/** The highest user id: to setresuid(2) the next one, -1, means "unchanged". */
const userNumberMax = 0xffff_fffe;

/** Decimal, as sudo writes it, and not root's; null for any other value of the environment variable. */
function userNumber(text: string | undefined): number | null {
  if (text === undefined || !/^[1-9]\d{0,9}$/.test(text)) return null;
  return Number(text) <= userNumberMax ? Number(text) : null;
}

/** The user who called sudo; null: not under sudo, or the value isn't credible. */
export function invokingUser(
  environment: NodeJS.ProcessEnv,
): { readonly uid: number; readonly gid: number } | null {
  const uid = userNumber(environment['SUDO_UID']);
  const gid = userNumber(environment['SUDO_GID']);
  return uid !== null && gid !== null ? { uid, gid } : null;
}

/** Under sudo the invoking user, so that files are written as that user; else `nobody`. */
export function targetUser(environment: NodeJS.ProcessEnv): { uid: number; gid: number } {
  return invokingUser(environment) ?? { uid: nobody, gid: nobody };
}

/** Only some of the threads may have dropped them: the run must not continue. */
function notGivenUp(cause: Error): ExpectedError {
  return new ExpectedError(`cannot give up privileges: ${cause.message}`, {
    status: 3,
    advice:
      'Allow setgroups(2), setresuid(2) and capset(2) in the seccomp filter or security module that denies them, or run it with --keep-privileges',
    cause,
  });
}

/** Null: there was nothing to give up. On every thread, and for good. */
export function dropPrivileges(
  native: NativeModule,
  needs: PrivilegeNeeds,
  environment: NodeJS.ProcessEnv,
): Privileges | null {
  const sets = readCapabilities();
  if (sets === null) return null;
  const root = process.geteuid?.() === 0;
  const keep = neededCapabilities(needs, native.mapsWorkWithoutCapabilities());
  const kept = keep.reduce((bits, name) => bits | (1n << BigInt(capabilityBits[name])), 0n);
  const surplus = (sets.permitted & ~kept) !== 0n;
  if (!root && !surplus) return null;
  // A container may hold root without the right to become someone else.
  const mayChangeUser =
    root && holds(sets.effective, 'CAP_SETUID') && holds(sets.effective, 'CAP_SETGID');
  const target = targetUser(environment);
  const user = mayChangeUser && !(needs.readsAsStarter && target.uid === nobody) ? target : null;
  try {
    native.dropPrivileges(
      user,
      keep.map((name) => capabilityBits[name]),
    );
  } catch (error) {
    throw isNativeError(error) ? notGivenUp(error) : error;
  }
  return {
    user: user?.uid ?? process.getuid?.() ?? 0,
    capabilities: keep.filter((name) => holds(sets.permitted, name)),
  };
}
