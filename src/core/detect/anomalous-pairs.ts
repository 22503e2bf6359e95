// Pairs of hosts between which odd packets went: how many in the last minute, and what a finding says of them whatever the oddity.
import type { Finding } from './rule.js';
import type { Kind } from './vocabulary.js';
import { RecencyTable, RollingSum, type StateLedger } from './windows.js';

const WINDOW_US = 60e6;

export interface OddPacket {
  readonly kind: Kind;
  readonly source: string;
  readonly destination: string;
  readonly protocol: string;
  readonly interface: string;
  readonly timeUs: number;
}

export interface AnomalousPair extends Omit<OddPacket, 'timeUs'> {
  readonly recent: RollingSum;
  /** Since the last report. */
  added: number;
  firstUs: number;
  lastUs: number;
}

export class AnomalousPairs<Pair extends AnomalousPair = AnomalousPair> {
  static readonly WINDOW_SECONDS = WINDOW_US / 1e6;
  readonly #pairs: RecencyTable<string, Pair>;
  /** With odd packets since the last tick. */
  readonly active = new Set<Pair>();

  constructor(
    name: string,
    cap: number,
    ledger: StateLedger,
    private readonly extend: (pair: AnomalousPair) => Pair,
  ) {
    this.#pairs = new RecencyTable(name, cap, ledger);
  }

  /** `nowUs`: the clock of the window; a kernel event's own time where the tick's isn't known yet. */
  add(packet: OddPacket, packets: number, nowUs: number): Pair {
    const { kind, source, destination, protocol, timeUs } = packet;
    const pair = this.#pairs.getOrCreate(`${kind} ${source} ${destination}`, () =>
      this.extend({
        kind,
        source,
        destination,
        protocol,
        interface: packet.interface,
        recent: new RollingSum(WINDOW_US),
        added: 0,
        firstUs: timeUs,
        lastUs: timeUs,
      }),
    );
    if (pair.recent.value(nowUs) === 0) pair.firstUs = Math.min(timeUs, nowUs);
    pair.recent.add(packets, nowUs);
    pair.added += packets;
    pair.lastUs = Math.max(pair.lastUs, timeUs);
    this.active.add(pair);
    return pair;
  }
}

/** Takes what was added: the next finding covers later packets only. */
export function takeFinding(
  pair: Omit<AnomalousPair, 'recent'>,
): Pick<
  Finding,
  | 'kind'
  | 'key'
  | 'source'
  | 'destination'
  | 'protocol'
  | 'interface'
  | 'add'
  | 'unit'
  | 'firstSeenUs'
  | 'lastSeenUs'
  | 'spoofable'
> {
  const { added } = pair;
  pair.added = 0;
  return {
    kind: pair.kind,
    key: `${pair.source} ${pair.destination}`,
    source: { address: pair.source },
    destination: { address: pair.destination },
    protocol: pair.protocol,
    interface: pair.interface,
    add: added,
    unit: 'packets',
    firstSeenUs: pair.firstUs,
    lastSeenUs: pair.lastUs,
    spoofable: true,
  };
}
