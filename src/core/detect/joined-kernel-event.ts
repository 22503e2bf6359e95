// A message out of several segments, as one kernel event: what its last segment says, with the bytes of all.
import type { KernelEvent, KernelEventType } from '../model/kernel-event.js';

export class JoinedKernelEvent implements KernelEvent {
  readonly payload: Uint8Array;
  readonly tcpSequence: number;
  /** Of the segments as they were on the wire. */
  readonly packetPayloadLength: number;
  readonly #last: KernelEvent;

  constructor(last: KernelEvent, tcpSequence: number, payload: Uint8Array, length: number) {
    this.#last = last;
    this.tcpSequence = tcpSequence;
    this.payload = payload;
    this.packetPayloadLength = length;
  }

  get payloadLength(): number {
    return this.payload.length;
  }
  /** As if it had come in one frame. */
  get frameLength(): number {
    return this.#last.frameLength - this.#last.packetPayloadLength + this.packetPayloadLength;
  }
  payloadByte(index: number): number {
    return this.payload[index] ?? -1;
  }
  get type(): KernelEventType {
    return this.#last.type;
  }
  get timeUs(): number {
    return this.#last.timeUs;
  }
  get interfaceIndex(): number {
    return this.#last.interfaceIndex;
  }
  get interface(): string {
    return this.#last.interface;
  }
  get sourceAddress(): Uint8Array {
    return this.#last.sourceAddress;
  }
  get destinationAddress(): Uint8Array {
    return this.#last.destinationAddress;
  }
  get addressBytes(): Uint8Array {
    return this.#last.addressBytes;
  }
  get sourceAddressAt(): number {
    return this.#last.sourceAddressAt;
  }
  get destinationAddressAt(): number {
    return this.#last.destinationAddressAt;
  }
  get sourcePort(): number {
    return this.#last.sourcePort;
  }
  get destinationPort(): number {
    return this.#last.destinationPort;
  }
  get protocol(): number {
    return this.#last.protocol;
  }
  get family(): number {
    return this.#last.family;
  }
  get received(): boolean {
    return this.#last.received;
  }
  get reason(): number {
    return this.#last.reason;
  }
  get tcpFlags(): number {
    return this.#last.tcpFlags;
  }
  get timeToLive(): number {
    return this.#last.timeToLive;
  }
  get tunnelType(): number {
    return this.#last.tunnelType;
  }
  get tunnelId(): number {
    return this.#last.tunnelId;
  }
  get vlan(): readonly number[] {
    return this.#last.vlan;
  }
  get fragmentOffset(): number {
    return this.#last.fragmentOffset;
  }
  get moreFragments(): boolean {
    return this.#last.moreFragments;
  }
  get ipIdentification(): number {
    return this.#last.ipIdentification;
  }
  get sourceMac(): Uint8Array {
    return this.#last.sourceMac;
  }
  get destinationMac(): Uint8Array {
    return this.#last.destinationMac;
  }
}
