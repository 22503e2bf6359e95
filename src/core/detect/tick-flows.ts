// The touched flows of one tick: who sent and received in each, by which end began.

import type { FlowColumns } from '../model/flow-columns.generated.js';
import { wordsOf } from '../wire/words.js';
import { addressText } from './address.js';
import { HostIndex } from './host-index.js';
import { FIN, RST } from './protocol-numbers.js';

function sameWords(words: Uint32Array, a: number, b: number): boolean {
  return (
    words[a + 3] === words[b + 3] &&
    words[a + 2] === words[b + 2] &&
    words[a + 1] === words[b + 1] &&
    words[a] === words[b]
  );
}

export class TickFlows {
  flows!: FlowColumns;
  readonly hosts = new HostIndex();
  /** By position in `flows.touched`: who began, and the other, as indices into `hosts`. */
  sourceHost = new Int32Array(1024);
  destinationHost = new Int32Array(1024);

  protected show(flows: FlowColumns): void {
    this.flows = flows;
    this.hosts.clear();
    this.#indexHosts();
  }

  #indexHosts(): void {
    const { touched, touchedCount, sourceIsLow, lowAddress, highAddress } = this.flows;
    if (this.sourceHost.length < touchedCount) {
      const capacity = Math.max(touchedCount, this.sourceHost.length * 2);
      this.sourceHost = new Int32Array(capacity);
      this.destinationHost = new Int32Array(capacity);
    }
    this.hosts.reserve(touchedCount);
    // A flood's victim is in every flow, and new flows lie side by side: four words say that it is the same again.
    const lowWords = wordsOf(lowAddress);
    const highWords = wordsOf(highAddress);
    let before = -1;
    let low = -1;
    let high = -1;
    for (let i = 0; i < touchedCount; i += 1) {
      const slot = touched[i]!;
      if (before < 0 || !sameWords(lowWords, slot * 4, before * 4)) {
        low = this.hosts.intern(lowAddress, slot * 16);
      }
      if (before < 0 || !sameWords(highWords, slot * 4, before * 4)) {
        high = this.hosts.intern(highAddress, slot * 16);
      }
      before = slot;
      this.sourceHost[i] = sourceIsLow[slot] ? low : high;
      this.destinationHost[i] = sourceIsLow[slot] ? high : low;
    }
  }

  /** The source address of a flow, as text: for alerts only. */
  sourceText(slot: number): string {
    const { sourceIsLow, lowAddress, highAddress } = this.flows;
    return addressText(sourceIsLow[slot] ? lowAddress : highAddress, slot * 16);
  }

  destinationText(slot: number): string {
    const { sourceIsLow, lowAddress, highAddress } = this.flows;
    return addressText(sourceIsLow[slot] ? highAddress : lowAddress, slot * 16);
  }

  sourcePort(slot: number): number {
    const { sourceIsLow, lowPort, highPort } = this.flows;
    return sourceIsLow[slot] ? lowPort[slot]! : highPort[slot]!;
  }

  destinationPort(slot: number): number {
    const { sourceIsLow, lowPort, highPort } = this.flows;
    return sourceIsLow[slot] ? highPort[slot]! : lowPort[slot]!;
  }

  /** TCP flags ever seen from the source, and from the destination. */
  sourceFlags(slot: number): number {
    const seen = this.flows.seen[slot]!;
    return this.flows.sourceIsLow[slot] ? seen & 0xff : (seen >>> 8) & 0xff;
  }

  destinationFlags(slot: number): number {
    const seen = this.flows.seen[slot]!;
    return this.flows.sourceIsLow[slot] ? (seen >>> 8) & 0xff : seen & 0xff;
  }

  /** One side at least has said that it ends. */
  isClosed(slot: number): boolean {
    return ((this.sourceFlags(slot) | this.destinationFlags(slot)) & (FIN | RST)) !== 0;
  }

  forwardPackets(slot: number): number {
    const { sourceIsLow, lowToHighPackets, highToLowPackets } = this.flows;
    return sourceIsLow[slot] ? lowToHighPackets[slot]! : highToLowPackets[slot]!;
  }

  reversePackets(slot: number): number {
    const { sourceIsLow, lowToHighPackets, highToLowPackets } = this.flows;
    return sourceIsLow[slot] ? highToLowPackets[slot]! : lowToHighPackets[slot]!;
  }

  forwardBytes(slot: number): number {
    const { sourceIsLow, lowToHighBytes, highToLowBytes } = this.flows;
    return sourceIsLow[slot] ? lowToHighBytes[slot]! : highToLowBytes[slot]!;
  }

  reverseBytes(slot: number): number {
    const { sourceIsLow, lowToHighBytes, highToLowBytes } = this.flows;
    return sourceIsLow[slot] ? highToLowBytes[slot]! : lowToHighBytes[slot]!;
  }

  deltaForwardPackets(slot: number): number {
    const { sourceIsLow, deltaLowToHighPackets, deltaHighToLowPackets } = this.flows;
    return sourceIsLow[slot] ? deltaLowToHighPackets[slot]! : deltaHighToLowPackets[slot]!;
  }

  deltaReversePackets(slot: number): number {
    const { sourceIsLow, deltaLowToHighPackets, deltaHighToLowPackets } = this.flows;
    return sourceIsLow[slot] ? deltaHighToLowPackets[slot]! : deltaLowToHighPackets[slot]!;
  }

  /** SYNs that the source sent in this tick. */
  deltaSourceSyn(slot: number): number {
    return this.flows.deltaSyn[slot * 2 + (this.flows.sourceIsLow[slot] ? 0 : 1)]!;
  }
}
