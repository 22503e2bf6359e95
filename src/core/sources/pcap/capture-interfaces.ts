// Which interface, slot and link kind a capture's packets belong to; made up as the file describes them.
import type { HookState } from '../../model/snapshot.js';
import { linkKind } from '../../wire/layout.generated.js';
import type { SourceInterface } from '../source.js';
import type { CaptureInterface } from './capture-record.js';
import type { FrameDestination } from './frame-batch.js';
import { linkHeaderReader } from './link-layer.js';
import { linkTypeName } from './link-types.js';

/** Undecoded link types have an index of their own beside the interface's, on the same slot. */
const undecodedIndexOffset = 4096 + 512;

const testRun: HookState = { hook: 'test_run', mode: null, reason: 'capture file' };
const noHook: HookState = { hook: 'none', mode: null, reason: 'capture file' };

interface Slot {
  readonly name: string;
  readonly slot: number;
  linkTypeName: string | null;
  decodedReported: boolean;
  undecodedReported: boolean;
}

export type ReportInterface = (interfaceIndex: number, slot: number, kind: number) => void;

export class CaptureInterfaces {
  private readonly slots: Slot[] = [];
  private readonly byDescription = new Map<CaptureInterface, FrameDestination>();
  private readonly byName = new Map<string, Slot>();
  /** Interfaces that share the last slot, because there are more than slots. */
  exceeded = 0;

  constructor(
    private readonly fallbackName: string,
    private readonly slotsMax: number,
    private readonly report: ReportInterface,
  ) {}

  /** Where packets of this interface go; a new interface is announced to the programs. */
  destination(description: CaptureInterface): FrameDestination {
    const known = this.byDescription.get(description);
    if (known !== undefined) return known;
    const link = linkHeaderReader(description.linkType);
    const name = description.name ?? this.fallbackName;
    const slot =
      link === 'undecoded'
        ? this.undecodedSlot(name, linkTypeName(description.linkType))
        : this.slotNamed(name);
    const destination = { interfaceIndex: this.reportOnce(slot, link === 'undecoded'), link };
    // A file with endless sections describes endless interfaces: only those in use are worth remembering.
    if (this.byDescription.size >= 4096) this.byDescription.clear();
    this.byDescription.set(description, destination);
    return destination;
  }

  list(): SourceInterface[] {
    return this.slots.map((slot) => ({
      name: slot.name,
      index: slot.slot + 1,
      slot: slot.slot,
      ingress: testRun,
      egress: noHook,
      up: true,
      present: true,
      ...(slot.linkTypeName !== null && { linkTypeName: slot.linkTypeName }),
    }));
  }

  private reportOnce(slot: Slot, undecoded: boolean): number {
    const index = slot.slot + 1 + (undecoded ? undecodedIndexOffset : 0);
    if (undecoded ? !slot.undecodedReported : !slot.decodedReported) {
      this.report(index, slot.slot, undecoded ? linkKind.other : linkKind.ethernet);
      if (undecoded) slot.undecodedReported = true;
      else slot.decodedReported = true;
    }
    return index;
  }

  /** One slot has one name for its undecoded frames; a second such link type gets a slot of its own. */
  private undecodedSlot(name: string, linkName: string): Slot {
    let slot = this.slotNamed(name);
    if (slot.linkTypeName !== null && slot.linkTypeName !== linkName) {
      slot = this.slotNamed(`${name} (${linkName})`);
    }
    slot.linkTypeName ??= linkName;
    return slot;
  }

  private slotNamed(name: string): Slot {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    const last = this.slots.at(-1);
    if (this.slots.length >= this.slotsMax && last !== undefined) {
      this.exceeded += 1;
      return last;
    }
    const slot: Slot = {
      name: this.slots.length === this.slotsMax - 1 ? this.lastName(name) : name,
      slot: this.slots.length,
      linkTypeName: null,
      decodedReported: false,
      undecodedReported: false,
    };
    this.slots.push(slot);
    this.byName.set(name, slot);
    return slot;
  }

  /** The last slot may be shared by further interfaces: with several slots its name says so. */
  private lastName(name: string): string {
    return this.slotsMax > 1 ? 'further interfaces' : name;
  }
}
