// Compares flows with the ground truth: first by address pair and protocol, then by port, allowing for later fragments.
import { protocolName } from '../../../src/core/format/protocol.js';
import { protocolOfTruth, type TruthFlow } from './truth.js';

interface Counted {
  readonly packets: number;
  readonly bytes: number;
}

export interface SummaryFlow {
  readonly protocol: string;
  readonly source: { readonly address: string; readonly port: number | null };
  readonly destination: { readonly address: string; readonly port: number | null };
  readonly forward: Counted;
  readonly reverse: Counted;
  readonly tcp?: { syn: number; synAck: number; fin: number; rst: number };
}

/** Packets and bytes, from and to the endpoint that sorts first. */
type Sums = [packetsUp: number, bytesUp: number, packetsDown: number, bytesDown: number];

interface Pair {
  /** By "port port", ours and truth's. */
  readonly byPorts: Map<string, Sums>;
  readonly total: Sums;
  /** For later fragments and packets whose ports were cut off. */
  readonly withoutPorts: Sums;
}

type Pairs = Map<string, Pair>;

function addTo(sums: Sums, more: Sums): void {
  for (let at = 0; at < 4; at += 1) (sums[at as 0] as number) += more[at as 0];
}

function note(
  pairs: Pairs,
  protocol: string,
  ends: [string, number][],
  sums: Sums,
  withoutPorts: boolean,
): void {
  const [low, high] = ends as [[string, number], [string, number]];
  const swapped = low[0] > high[0] || (low[0] === high[0] && low[1] > high[1]);
  const [first, second] = swapped ? [high, low] : [low, high];
  // Equal endpoints have no direction: both directions are summed.
  const same = first[0] === second[0] && first[1] === second[1];
  const ordered: Sums = same
    ? [sums[0] + sums[2], sums[1] + sums[3], 0, 0]
    : swapped
      ? [sums[2], sums[3], sums[0], sums[1]]
      : sums;
  const key = `${protocol} ${first[0]} ${second[0]}`;
  let pair = pairs.get(key);
  if (!pair) {
    pair = { byPorts: new Map(), total: [0, 0, 0, 0], withoutPorts: [0, 0, 0, 0] };
    pairs.set(key, pair);
  }
  // Between equal addresses the direction depends on ports, which the total lacks.
  addTo(
    pair.total,
    first[0] === second[0] ? [ordered[0] + ordered[2], ordered[1] + ordered[3], 0, 0] : ordered,
  );
  if (withoutPorts) {
    addTo(pair.withoutPorts, ordered);
    return;
  }
  const ports = `${first[1]} ${second[1]}`;
  const known = pair.byPorts.get(ports);
  if (known) addTo(known, ordered);
  else pair.byPorts.set(ports, [...ordered]);
}

const transportsWithPorts = new Set(['TCP', 'UDP', 'SCTP', 'DCCP', 'UDP-Lite']);

function ourPairs(flows: readonly SummaryFlow[]): Pairs {
  const pairs: Pairs = new Map();
  for (const { protocol, source, destination, forward, reverse } of flows) {
    const withoutPorts = source.port === null && transportsWithPorts.has(protocol);
    note(
      pairs,
      protocol,
      [
        [source.address, source.port ?? 0],
        [destination.address, destination.port ?? 0],
      ],
      [forward.packets, forward.bytes, reverse.packets, reverse.bytes],
      withoutPorts,
    );
  }
  return pairs;
}

function truthPairs(flows: readonly TruthFlow[]): Pairs {
  const pairs: Pairs = new Map();
  for (const flow of flows) {
    const protocol = protocolOfTruth(flow.protocol, protocolName);
    note(
      pairs,
      protocol,
      [
        [flow.a, flow.aPort],
        [flow.b, flow.bPort],
      ],
      [flow.packetsAb, flow.bytesAb, flow.packetsBa, flow.bytesBa],
      flow.kind !== 'flow' && transportsWithPorts.has(protocol),
    );
  }
  return pairs;
}

const text = (sums: Sums | undefined): string =>
  sums ? `${sums[0]}/${sums[1]} → ${sums[2]}/${sums[3]} ←` : 'nothing';
const equal = (left: Sums, right: Sums): boolean =>
  left.every((value, at) => value === right[at as 0]);

/** The program may count later fragments in the flow of their first fragment; the ground truth keeps them apart. */
function comparePorts(key: string, ours: Pair, theirs: Pair): string[] {
  const findings: string[] = [];
  const attributed: Sums = [...ours.withoutPorts];
  for (const ports of new Set([...ours.byPorts.keys(), ...theirs.byPorts.keys()])) {
    const mine = ours.byPorts.get(ports) ?? [0, 0, 0, 0];
    const truth = theirs.byPorts.get(ports) ?? [0, 0, 0, 0];
    const surplus = mine.map((value, at) => value - truth[at as 0]) as Sums;
    if (surplus.some((value) => value < 0) || !theirs.byPorts.has(ports)) {
      findings.push(
        `flow ${key} ${ports}: ${text(mine)}, truth ${text(theirs.byPorts.get(ports))}`,
      );
    }
    addTo(attributed, surplus);
  }
  // Between equal addresses only ports give a direction, and these packets have none in the ground truth.
  const [, low, high] = key.split(' ');
  const side = (sums: Sums): Sums =>
    low === high ? [sums[0] + sums[2], sums[1] + sums[3], 0, 0] : sums;
  if (findings.length === 0 && !equal(side(attributed), side(theirs.withoutPorts))) {
    findings.push(
      `flow ${key}: ${text(attributed)} beside the ports' own, truth ${text(theirs.withoutPorts)}`,
    );
  }
  return findings;
}

export function compareFlows(truth: readonly TruthFlow[], ours: readonly SummaryFlow[]): string[] {
  const mine = ourPairs(ours.filter(({ protocol }) => protocol !== 'ARP'));
  const theirs = truthPairs(truth);
  const findings: string[] = [];
  for (const key of new Set([...mine.keys(), ...theirs.keys()])) {
    const left = mine.get(key);
    const right = theirs.get(key);
    if (!left || !right || !equal(left.total, right.total)) {
      findings.push(`flow ${key}: ${text(left?.total)}, truth ${text(right?.total)}`);
    } else {
      findings.push(...comparePorts(key, left, right));
    }
  }
  return findings.sort();
}
