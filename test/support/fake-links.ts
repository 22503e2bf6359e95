// A fake list of interfaces and a fake session: records attachments by interface, and can refuse them.
import type {
  NativeAttachment,
  NativeDirection,
  NativeHook,
  NativeLink,
  NativeModule,
  NativeSession,
} from '../../src/core/native/contract.js';

export const fakeLink = (
  name: string,
  index: number,
  more: Partial<NativeLink> = {},
): NativeLink => ({
  name,
  index,
  type: 1,
  flags: 1,
  mtu: 1500,
  kind: 'veth',
  master: 0,
  alternativeNames: [],
  linkIndex: 0,
  linkNamespaceId: null,
  driver: '',
  rxVlanOffload: null,
  xdp: 'none',
  ...more,
});

/** Only the methods that following interfaces uses. */
export class FakeLinkSession {
  /** Slot by interface index, as in the programs' table. */
  readonly slots = new Map<number, number>();
  readonly attachments = new Map<number, number>();
  readonly refusals = new Map<number, Error>();
  onAttach: () => void = () => {};
  /** Slots of interfaces that have gone, by the drains until they are free, as the addon has them. */
  readonly #leaving = new Map<number, number>();
  #lastId = 0;

  constructor(private readonly slotCount = 8) {}

  addInterface(index: number): number {
    const taken = new Set([...this.slots.values(), ...this.#leaving.keys()]);
    for (let slot = 0; slot < this.slotCount; slot += 1) {
      if (taken.has(slot)) continue;
      this.slots.set(index, slot);
      return slot;
    }
    throw refusal('ENOSPC');
  }

  removeInterface(index: number): void {
    const slot = this.slots.get(index);
    if (slot === undefined) return;
    this.slots.delete(index);
    this.#leaving.set(slot, 2);
  }

  drained(): void {
    for (const [slot, drains] of this.#leaving) {
      if (drains === 1) this.#leaving.delete(slot);
      else this.#leaving.set(slot, drains - 1);
    }
  }

  attach(index: number, _direction: NativeDirection, hook: NativeHook): NativeAttachment {
    this.onAttach();
    const refusal = this.refusals.get(index);
    if (refusal) throw refusal;
    this.#lastId += 1;
    this.attachments.set(this.#lastId, index);
    return { id: this.#lastId, hook };
  }

  detach(id: number): void {
    this.attachments.delete(id);
  }

  asNative(): { session: NativeSession; native: NativeModule } {
    return {
      session: this as unknown as NativeSession,
      native: {} as NativeModule,
    };
  }
}

export function refusal(code: string): Error {
  return Object.assign(new Error(`attach tcx: ${code}`), {
    code,
    operation: 'attach tcx',
    errno: 1,
    detail: '',
  });
}
