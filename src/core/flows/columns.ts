// The flow table's storage: one typed array for each field, grown by doubling. 306 bytes a flow.
import type { FlowColumns } from '../model/flow-columns.js';
import { KNP_VLAN_TAGS_MAX } from '../wire/layout.generated.js';
import { wordsOf } from '../wire/words.js';

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** The smaller column's values at the start of a larger one. */
function grown<T extends Column>(larger: T, smaller: T | undefined): T {
  if (smaller) larger.set(smaller);
  return larger;
}

/**
 * As FlowColumns, writable, with what only the table itself needs. Fields are written out one by one on purpose: an object filled
 * by computed names is a dictionary to V8, and every access in the hot loop a hash lookup.
 */
export class MutableFlowColumns implements FlowColumns {
  highWater: number;
  count: number;
  touchedCount: number;
  previouslyTouchedCount: number;
  /** Counts `apply`; compared with `touchedTick`. */
  tick: number;
  /** The tick in which a capture's current segment began; 0 in the first one. */
  segmentTick: number;
  readonly used: Uint8Array;
  /** Swapped with `previouslyTouched` at each tick. */
  touched: Uint32Array;
  previouslyTouched: Uint32Array;
  /** Number of the last tick in which the slot had packets. */
  readonly touchedTick: Uint32Array;
  /** 1: some of deltaSyn … deltaRst aren't zero. */
  readonly hasTcpDeltas: Uint8Array;
  readonly isNew: Uint8Array;
  readonly id: Float64Array;
  readonly fingerprintLow: Uint32Array;
  readonly fingerprintHigh: Uint32Array;
  readonly lowAddress: Uint8Array;
  readonly highAddress: Uint8Array;
  readonly lowPort: Uint16Array;
  readonly highPort: Uint16Array;
  readonly hasPorts: Uint8Array;
  readonly protocol: Uint8Array;
  readonly family: Uint8Array;
  readonly interfaceIndex: Uint32Array;
  readonly vlan: Uint16Array;
  readonly tunnelType: Uint8Array;
  readonly tunnelId: Uint32Array;
  readonly tunnelSource: Uint8Array;
  readonly tunnelDestination: Uint8Array;
  readonly icmpType: Uint8Array;
  readonly icmpCode: Uint8Array;
  readonly sourceIsLow: Uint8Array;
  /** 1 once a SYN has decided who began: nothing turns the flow any more. */
  readonly sourceBySyn: Uint8Array;
  readonly lowToHighPackets: Float64Array;
  readonly highToLowPackets: Float64Array;
  readonly lowToHighBytes: Float64Array;
  readonly highToLowBytes: Float64Array;
  readonly receivedPackets: Float64Array;
  readonly receivedBytes: Float64Array;
  readonly deltaLowToHighPackets: Float64Array;
  readonly deltaHighToLowPackets: Float64Array;
  readonly deltaLowToHighBytes: Float64Array;
  readonly deltaHighToLowBytes: Float64Array;
  readonly syn: Uint32Array;
  readonly synAck: Uint32Array;
  readonly fin: Uint32Array;
  readonly rst: Uint32Array;
  readonly deltaSyn: Uint32Array;
  readonly deltaSynAck: Uint32Array;
  readonly deltaFin: Uint32Array;
  readonly deltaRst: Uint32Array;
  readonly seen: Uint32Array;
  readonly deltaSeen: Uint32Array;
  /** TCP flags by direction (as in `seen`) since the connection that is shown began. */
  readonly connectionFlags: Uint16Array;
  readonly tcpState: Uint8Array;
  readonly fragments: Uint32Array;
  readonly firstSeenUs: Float64Array;
  readonly lastSeenUs: Float64Array;
  readonly smoothedBitsPerSecond: Float64Array;
  /** The same memory as words, so that keys are compared and copied by four bytes at a time. */
  readonly lowAddressWords: Uint32Array;
  readonly highAddressWords: Uint32Array;
  readonly tunnelSourceWords: Uint32Array;
  readonly tunnelDestinationWords: Uint32Array;
  readonly vlanWords: Uint32Array;

  /** `capacity` slots, with everything of `previous` (the smaller ones) copied in. */
  constructor(capacity: number, previous: MutableFlowColumns | null) {
    this.highWater = previous?.highWater ?? 0;
    this.count = previous?.count ?? 0;
    this.touchedCount = previous?.touchedCount ?? 0;
    this.previouslyTouchedCount = previous?.previouslyTouchedCount ?? 0;
    this.tick = previous?.tick ?? 0;
    this.segmentTick = previous?.segmentTick ?? 0;
    this.used = grown(new Uint8Array(capacity), previous?.used);
    this.touched = grown(new Uint32Array(capacity), previous?.touched);
    this.previouslyTouched = grown(new Uint32Array(capacity), previous?.previouslyTouched);
    this.touchedTick = grown(new Uint32Array(capacity), previous?.touchedTick);
    this.hasTcpDeltas = grown(new Uint8Array(capacity), previous?.hasTcpDeltas);
    this.isNew = grown(new Uint8Array(capacity), previous?.isNew);
    this.id = grown(new Float64Array(capacity), previous?.id);
    this.fingerprintLow = grown(new Uint32Array(capacity), previous?.fingerprintLow);
    this.fingerprintHigh = grown(new Uint32Array(capacity), previous?.fingerprintHigh);
    this.lowAddress = grown(new Uint8Array(capacity * 16), previous?.lowAddress);
    this.highAddress = grown(new Uint8Array(capacity * 16), previous?.highAddress);
    this.lowPort = grown(new Uint16Array(capacity), previous?.lowPort);
    this.highPort = grown(new Uint16Array(capacity), previous?.highPort);
    this.hasPorts = grown(new Uint8Array(capacity), previous?.hasPorts);
    this.protocol = grown(new Uint8Array(capacity), previous?.protocol);
    this.family = grown(new Uint8Array(capacity), previous?.family);
    this.interfaceIndex = grown(new Uint32Array(capacity), previous?.interfaceIndex);
    this.vlan = grown(new Uint16Array(capacity * KNP_VLAN_TAGS_MAX), previous?.vlan);
    this.tunnelType = grown(new Uint8Array(capacity), previous?.tunnelType);
    this.tunnelId = grown(new Uint32Array(capacity), previous?.tunnelId);
    this.tunnelSource = grown(new Uint8Array(capacity * 16), previous?.tunnelSource);
    this.tunnelDestination = grown(new Uint8Array(capacity * 16), previous?.tunnelDestination);
    this.icmpType = grown(new Uint8Array(capacity), previous?.icmpType);
    this.icmpCode = grown(new Uint8Array(capacity), previous?.icmpCode);
    this.sourceIsLow = grown(new Uint8Array(capacity), previous?.sourceIsLow);
    this.sourceBySyn = grown(new Uint8Array(capacity), previous?.sourceBySyn);
    this.lowToHighPackets = grown(new Float64Array(capacity), previous?.lowToHighPackets);
    this.highToLowPackets = grown(new Float64Array(capacity), previous?.highToLowPackets);
    this.lowToHighBytes = grown(new Float64Array(capacity), previous?.lowToHighBytes);
    this.highToLowBytes = grown(new Float64Array(capacity), previous?.highToLowBytes);
    this.receivedPackets = grown(new Float64Array(capacity), previous?.receivedPackets);
    this.receivedBytes = grown(new Float64Array(capacity), previous?.receivedBytes);
    this.deltaLowToHighPackets = grown(new Float64Array(capacity), previous?.deltaLowToHighPackets);
    this.deltaHighToLowPackets = grown(new Float64Array(capacity), previous?.deltaHighToLowPackets);
    this.deltaLowToHighBytes = grown(new Float64Array(capacity), previous?.deltaLowToHighBytes);
    this.deltaHighToLowBytes = grown(new Float64Array(capacity), previous?.deltaHighToLowBytes);
    this.syn = grown(new Uint32Array(capacity * 2), previous?.syn);
    this.synAck = grown(new Uint32Array(capacity * 2), previous?.synAck);
    this.fin = grown(new Uint32Array(capacity * 2), previous?.fin);
    this.rst = grown(new Uint32Array(capacity * 2), previous?.rst);
    this.deltaSyn = grown(new Uint32Array(capacity * 2), previous?.deltaSyn);
    this.deltaSynAck = grown(new Uint32Array(capacity * 2), previous?.deltaSynAck);
    this.deltaFin = grown(new Uint32Array(capacity * 2), previous?.deltaFin);
    this.deltaRst = grown(new Uint32Array(capacity * 2), previous?.deltaRst);
    this.seen = grown(new Uint32Array(capacity), previous?.seen);
    this.deltaSeen = grown(new Uint32Array(capacity), previous?.deltaSeen);
    this.connectionFlags = grown(new Uint16Array(capacity), previous?.connectionFlags);
    this.tcpState = grown(new Uint8Array(capacity), previous?.tcpState);
    this.fragments = grown(new Uint32Array(capacity), previous?.fragments);
    this.firstSeenUs = grown(new Float64Array(capacity), previous?.firstSeenUs);
    this.lastSeenUs = grown(new Float64Array(capacity), previous?.lastSeenUs);
    this.smoothedBitsPerSecond = grown(new Float64Array(capacity), previous?.smoothedBitsPerSecond);
    this.lowAddressWords = wordsOf(this.lowAddress);
    this.highAddressWords = wordsOf(this.highAddress);
    this.tunnelSourceWords = wordsOf(this.tunnelSource);
    this.tunnelDestinationWords = wordsOf(this.tunnelDestination);
    this.vlanWords = wordsOf(this.vlan);
  }
}
