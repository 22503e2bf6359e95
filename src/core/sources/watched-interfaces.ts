// The interfaces of a live run: attached, followed as they go, come and change their names, and awaited where they were named.
import { descriptorLimitFailure } from '../errors/descriptor-limit.js';
import { ExpectedError } from '../errors/expected-error.js';
import type { NativeLink, NativeModule, NativeSession } from '../native/contract.js';
import { isNativeError } from '../native/load.js';
import { AttachedInterface, type AttachOptions } from './attached-interface.js';
import { bringsBuffers } from './ingress-choice.js';
import type { InterfaceChanges } from './interface-changes.js';
import { type InterfaceChoice, isFollowed } from './interface-choice.js';
import { nativeFailure } from './native-failure.js';
import { linkCalled, withDrivers } from './network-links.js';
import type { SourceInterface } from './source.js';

export interface WatchedInterfacesOptions extends AttachOptions {
  readonly native: NativeModule;
  readonly session: NativeSession;
  readonly slots: number;
  readonly choice: InterfaceChoice;
  readonly changes: InterfaceChanges;
  /** Milliseconds of a monotonic clock. */
  readonly nowMs: () => number;
}

/** A name of the command line, and the interface that bears it: null while it is awaited. */
interface Named {
  readonly name: string;
  index: number | null;
}

/** A refusal is thrown, is thrown where it would meet all, or is reported. */
type AttachTime = 'required' | 'at start' | 'later';

/** Attaching waits for the kernel, some ms each: time budget of one scan, so that keys and ticks are handled in between. */
const LOOK_BUDGET_MS = 100;

export class WatchedInterfaces {
  readonly #options: WatchedInterfacesOptions;
  readonly #watched = new Map<number, AttachedInterface>();
  /** Deleted; listed until their last counts have been read. */
  #gone: AttachedInterface[] = [];
  #goneInDrain: AttachedInterface[] = [];
  readonly #named: Named[];
  /** With `any`: what could not be attached, by index. Reported once, and not retried as long as it is up. */
  readonly #refused = new Set<number>();
  /** With `any`: interfaces without a slot. */
  readonly #waiting = new Set<number>();
  #waitingReported = false;
  #more = false;
  #list: readonly SourceInterface[] | null = null;

  constructor(options: WatchedInterfacesOptions) {
    this.#options = options;
    this.#named = options.choice.named.map(({ name, index }) => ({ name, index }));
  }

  /** At the start: one that was named and can't be attached is an error, with `any` it is a warning. */
  attachChosen(): void {
    const { native, choice } = this.#options;
    for (const link of withDrivers(native, choice.links))
      this.#attach(link, choice.any ? 'at start' : 'required');
    this.#reportWaiting();
  }

  /** One more by hand. Throws ExpectedError; what is watched stays watched. */
  add(name: string, links: readonly NativeLink[]): void {
    const link = linkCalled(name, links);
    if (!link) throw new Error(`${name} was chosen from another list`);
    const { native } = this.#options;
    if (this.#watched.has(link.index)) return;
    const [asked] = withDrivers(native, [link]);
    if (!this.#attach(asked!, 'required')) {
      throw new ExpectedError(
        `${name} cannot be added: ${this.#options.slots} interfaces are the most`,
        {
          status: 4,
          advice: 'Make the monitor with more interfaces, or take another monitor for it',
        },
      );
    }
    this.#named.push({ name, index: link.index });
  }

  /** Present ones, then those that have gone since the last drain. The same array as long as nothing has changed. */
  list(): readonly SourceInterface[] {
    this.#list ??= [...this.#watched.values(), ...this.#goneInDrain, ...this.#gone].map((one) =>
      one.state(),
    );
    return this.#list;
  }

  get isEmpty(): boolean {
    return this.#watched.size === 0;
  }

  /** There is more to do than the last look had time for, or a slot may have become free for what waits. */
  get wantsAnotherLook(): boolean {
    return this.#more;
  }

  /** Names of the command line that no interface bears now. */
  get awaited(): readonly string[] {
    return this.#named.flatMap(({ name, index }) => (index === null ? name : []));
  }

  drainBegins(): void {
    if (this.#goneInDrain.length > 0 || this.#gone.length > 0) this.#list = null;
    this.#goneInDrain = this.#gone;
    this.#gone = [];
  }

  drainEnded(): void {
    // The session frees the slot of an interface that has gone two drains later.
    if (this.#waiting.size > 0) this.#more = true;
  }

  /** `deleted`: an index that is in the list again belongs to another interface. */
  follow(links: readonly NativeLink[], deleted: ReadonlySet<number>): void {
    this.#more = false;
    const byIndex = new Map(links.map((link) => [link.index, link]));
    for (const one of [...this.#watched.values()]) {
      const { index } = one.link;
      const link = deleted.has(index) ? undefined : byIndex.get(index);
      if (link) this.#update(one, link);
      else this.#remove(one);
    }
    for (const set of [this.#refused, this.#waiting]) {
      for (const index of set) {
        const link = byIndex.get(index);
        if (!link || !isFollowed(link) || deleted.has(index)) set.delete(index);
      }
    }
    this.#attachNew(this.#options.choice.any ? this.#followable(links) : this.#returned(links));
    this.#reportWaiting();
  }

  #update(one: AttachedInterface, link: NativeLink): void {
    const { changes } = this.#options;
    const wasUp = one.state().up;
    const renamedFrom = one.update(link);
    const { name, up } = one.state();
    if (renamedFrom === null && wasUp === up) return;
    this.#list = null;
    if (renamedFrom !== null)
      changes.report('interface_renamed', `${renamedFrom} is now called ${name}`);
    else if (up) changes.report('interface_up', `${name} is up again`);
    else changes.report('interface_down', `${name} is down; it stays watched`);
  }

  #remove(one: AttachedInterface): void {
    const { session, changes } = this.#options;
    const { name, index } = one.link;
    one.gone(session);
    this.#list = null;
    this.#watched.delete(index);
    this.#gone.push(one);
    const names = this.#named.filter((named) => named.index === index);
    for (const named of names) named.index = null;
    if (names.length === 0)
      changes.report('interface_gone', `${name} was deleted; its counts stay`);
    else {
      const called = names.map((named) => named.name).join(', ');
      changes.report(
        'interface_awaited',
        `${name} was deleted; its counts stay, and it is watched again when an interface called ${called} appears`,
      );
    }
  }

  #followable(links: readonly NativeLink[]): NativeLink[] {
    return links.filter(
      (link) =>
        isFollowed(link) && !this.#watched.has(link.index) && !this.#refused.has(link.index),
    );
  }

  /** Links that bear a name that is awaited. */
  #returned(links: readonly NativeLink[]): NativeLink[] {
    const returned = new Set<NativeLink>();
    for (const named of this.#named) {
      if (named.index !== null) continue;
      const link = linkCalled(named.name, links);
      if (!link) continue;
      if (this.#watched.has(link.index)) named.index = link.index;
      else if (!this.#refused.has(link.index)) returned.add(link);
    }
    return [...returned];
  }

  #attachNew(links: readonly NativeLink[]): void {
    if (links.length === 0) return;
    const { native, changes, nowMs } = this.#options;
    const untilMs = nowMs() + LOOK_BUDGET_MS;
    for (const link of withDrivers(native, links)) {
      if (nowMs() >= untilMs) {
        this.#more = true;
        return;
      }
      if (!this.#attach(link, 'later')) continue;
      changes.report('interface_added', `${link.name} is watched now`);
      for (const named of this.#named) {
        if (named.index === null && linkCalled(named.name, [link])) named.index = link.index;
      }
    }
  }

  /** False: there is no slot, it has gone meanwhile, or it was refused. */
  #attach(link: NativeLink, when: AttachTime): boolean {
    const { session, changes } = this.#options;
    const one = AttachedInterface.register(session, link);
    if (one === null) {
      this.#waiting.add(link.index);
      return false;
    }
    try {
      one.attach(session, this.#options);
    } catch (error) {
      if (when === 'required') throw nativeFailure(error);
      if (isNativeError(error) && error.code === 'ENODEV') return false;
      const failure = nativeFailure(error);
      const isNotPermitted = failure instanceof ExpectedError && failure.status === 3;
      // At the start rights can be given and the limit can be raised; later what is watched goes on.
      if (when === 'at start' && (isNotPermitted || descriptorLimitFailure(error))) throw failure;
      this.#refused.add(link.index);
      changes.report('interface_not_attached', `${link.name}: ${failure.message}`);
      return false;
    }
    this.#list = null;
    this.#waiting.delete(link.index);
    this.#watched.set(link.index, one);
    this.#reportFallback(link, one);
    return true;
  }

  #reportFallback(link: NativeLink, one: AttachedInterface): void {
    const { ingress: wanted, changes } = this.#options;
    const { ingress } = one.state();
    if (wanted.startsWith('xdp') && ingress.hook !== 'xdp')
      changes.warn(
        'ingress_fallback',
        `${link.name} is read by ${ingress.hook}: ${ingress.reason}`,
      );
    if (ingress.mode === 'generic' && bringsBuffers(link))
      changes.warn(
        'buffers_as_frames',
        `${link.name}: generic XDP counts a large buffer of the kernel as one frame; --ingress tc counts the frames that it is`,
      );
  }

  /** How many find no slot: once, and again after all have found one. */
  #reportWaiting(): void {
    const count = this.#waiting.size;
    if (count > 0 && !this.#waitingReported)
      this.#options.changes.warn(
        'interface_limit',
        `${count} ${count === 1 ? 'interface is' : 'interfaces are'} not watched: ${this.#options.slots} at once are the most`,
      );
    this.#waitingReported = count > 0;
  }
}
