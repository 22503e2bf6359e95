// Interfaces and a session that are made up: what is attached, by interface, and what is refused.
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

/** Only what following interfaces asks for. */
export class FakeLinkSession {
  /** Slot by interface index, as the programs have it. */
  readonly slots = new Map<number, number>();
  readonly attachments = new Map<number, number>();
  readonly refusals = new Map<number, Error>();
  onAttach: () => void = () => {};
  #lastId = 0;

  setInterface(index: number, slot: number): void {
    for (const [other, taken] of this.slots)
      if (taken === slot) throw new Error(`slot ${slot} is still that of interface ${other}`);
    this.slots.set(index, slot);
  }

  removeInterface(index: number): void {
    this.slots.delete(index);
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
