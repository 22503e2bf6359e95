// One interface with our programs on it: attaching with fallbacks, what it became, and letting go again.
import type { HookState } from '../model/snapshot.js';
import type {
  NativeAttachment,
  NativeHook,
  NativeLink,
  NativeSession,
} from '../native/contract.js';
import { isNativeError } from '../native/load.js';
import { type IngressOption, planIngress } from './ingress-choice.js';
import { IFF_LOOPBACK, IFF_UP, linkKindOf } from './network-links.js';
import type { SourceInterface } from './source.js';

export interface AttachOptions {
  readonly ingress: IngressOption;
  readonly egress: 'tc' | 'off';
}

/** The kernel or the driver lacks this hook, or someone else holds it: the next one may do. */
function mayFallBack(error: unknown): boolean {
  return isNativeError(error) && ['ENOTSUP', 'EOPNOTSUPP', 'EBUSY', 'EINVAL'].includes(error.code);
}

const tcHooks: readonly NativeHook[] = ['tcx', 'clsact'];

function hookState(hook: NativeHook, reason: string): HookState {
  if (hook === 'xdp-native') return { hook: 'xdp', mode: 'native', reason };
  if (hook === 'xdp-generic') return { hook: 'xdp', mode: 'generic', reason };
  return { hook, mode: null, reason };
}

const isLoopback = ({ flags }: NativeLink): boolean => (flags & IFF_LOOPBACK) !== 0;

export class AttachedInterface {
  readonly slot: number;
  readonly #attachments: NativeAttachment[] = [];
  #link: NativeLink;
  #present = true;
  #ingress: HookState = { hook: 'none', mode: null, reason: 'not attached' };
  #egress: HookState = { hook: 'none', mode: null, reason: 'not attached' };

  private constructor(link: NativeLink, slot: number) {
    this.#link = link;
    this.slot = slot;
  }

  /** Takes a slot of the session's totals; null: all are in use. Programs count the interface from `attach` on. */
  static register(session: NativeSession, link: NativeLink): AttachedInterface | null {
    try {
      const slot = session.addInterface(link.index, linkKindOf(link.type), isLoopback(link));
      return new AttachedInterface(link, slot);
    } catch (error) {
      if (isNativeError(error) && error.code === 'ENOSPC') return null;
      throw error;
    }
  }

  get link(): NativeLink {
    return this.#link;
  }

  /** Throws the addon's error with nothing left attached, and the slot given back. */
  attach(session: NativeSession, options: AttachOptions): void {
    try {
      this.#attachIngress(session, options.ingress);
      if (isLoopback(this.#link)) {
        this.#egress = { hook: 'none', mode: null, reason: 'loopback' };
      } else if (options.egress === 'off') {
        this.#egress = { hook: 'none', mode: null, reason: 'as asked' };
      } else {
        this.#egress = this.#tryHooks(session, 'egress', tcHooks, 'before the queueing discipline');
      }
    } catch (error) {
      this.detach(session);
      throw error;
    }
  }

  #attachIngress(session: NativeSession, option: IngressOption): void {
    const plan = planIngress(this.#link, option);
    const [first] = plan.hooks;
    try {
      this.#ingress = this.#tryHooks(session, 'ingress', plan.hooks, plan.reason);
    } catch (error) {
      // XDP was asked for, and someone else's program came between: we don't replace it, and read behind it.
      if (!first?.startsWith('xdp') || !isNativeError(error) || error.code !== 'EBUSY') throw error;
      const reason = 'another XDP program is attached';
      this.#ingress = this.#tryHooks(session, 'ingress', tcHooks, reason);
    }
  }

  #tryHooks(
    session: NativeSession,
    direction: 'ingress' | 'egress',
    hooks: readonly NativeHook[],
    reason: string,
  ): HookState {
    let why = reason;
    for (const [place, hook] of hooks.entries()) {
      try {
        this.#attachments.push(session.attach(this.#link.index, direction, hook));
        return hookState(hook, why);
      } catch (error) {
        if (place === hooks.length - 1 || !mayFallBack(error)) throw error;
        why = hook === 'tcx' ? `${reason}; no tcx here` : `${hook} was refused`;
      }
    }
    throw new Error('no hook to try');
  }

  /** Updates it from the interface list. Returns its former name where that has changed. */
  update(link: NativeLink): string | null {
    const renamedFrom = link.name === this.#link.name ? null : this.#link.name;
    // What its driver said at the start stays: it isn't asked again.
    const { driver, rxVlanOffload } = this.#link;
    this.#link = { ...link, driver, rxVlanOffload };
    return renamedFrom;
  }

  /** It was deleted, and the kernel has detached the programs: their handles in this process are closed, too. */
  gone(session: NativeSession): void {
    this.#present = false;
    this.detach(session);
  }

  detach(session: NativeSession): void {
    for (const { id } of this.#attachments.splice(0)) session.detach(id);
    session.removeInterface(this.#link.index);
  }

  state(): SourceInterface {
    const { name, index, flags } = this.#link;
    return {
      name,
      index,
      slot: this.slot,
      ingress: this.#ingress,
      egress: this.#egress,
      up: this.#present && (flags & IFF_UP) !== 0,
      present: this.#present,
    };
  }
}
