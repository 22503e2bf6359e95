// Flows added up by one or two keys of the schema: host, port, protocol, subnet, VLAN, tunnel, interface.
import type { FlowGroup } from '../model/group.js';
import type { QueryColumns } from './columns.generated.js';
import type { FieldContext } from './field-context.js';
import { findGroupKey, findSortField } from './fields.js';
import { type FlowQuery, matchingSlots } from './query.js';
import { perSecond, Rates } from './rates.js';
import type { GroupCode, GroupKey } from './schema/contract.js';

interface Sum {
  readonly labels: readonly string[];
  flows: number;
  packets: number;
  bytes: number;
  receivedPackets: number;
  receivedBytes: number;
  ratePackets: number;
  rateBytes: number;
  rateReceivedBytes: number;
  smoothed: number;
  firstSeenUs: number;
  lastSeenUs: number;
}

const newSum = (labels: readonly string[]): Sum => ({
  labels,
  flows: 0,
  packets: 0,
  bytes: 0,
  receivedPackets: 0,
  receivedBytes: 0,
  ratePackets: 0,
  rateBytes: 0,
  rateReceivedBytes: 0,
  smoothed: 0,
  firstSeenUs: Infinity,
  lastSeenUs: 0,
});

export interface GroupedFlows {
  readonly groups: readonly FlowGroup[];
  /** Groups before offset and limit. */
  readonly matched: number;
}

export function groupFlows(
  columns: QueryColumns,
  context: FieldContext,
  query: FlowQuery,
  groupBy: readonly string[],
): GroupedFlows {
  const keys = groupBy.map(findGroupKey).filter((key) => key !== undefined);
  const [first, second] = keys;
  if (!first) return { groups: [], matched: 0 };
  const rates = new Rates(columns, context);
  const sums = new Map<GroupCode, Map<GroupCode, Sum>>();
  const ends = (key: GroupKey): readonly boolean[] => (key.highCode ? [false, true] : [false]);
  const codeAt = (key: GroupKey, slot: number, high: boolean): GroupCode =>
    high && key.highCode ? key.highCode(columns, slot) : key.code(columns, slot);
  const sumOf = (slot: number, high: boolean, secondHigh: boolean): Sum => {
    const code = codeAt(first, slot, high);
    let inner = sums.get(code);
    if (!inner) {
      inner = new Map();
      sums.set(code, inner);
    }
    const secondCode = second ? codeAt(second, slot, secondHigh) : 0;
    let sum = inner.get(secondCode);
    if (!sum) {
      const labels = [first.label(columns, context, slot, high)];
      if (second) labels.push(second.label(columns, context, slot, secondHigh));
      sum = sharedSum(labels);
      inner.set(secondCode, sum);
    }
    return sum;
  };
  const shared = keys.some((key) => key.sharedLabels) ? new Map<string, Sum>() : null;
  const sharedSum = (labels: readonly string[]): Sum => {
    if (!shared) return newSum(labels);
    const text = labels.join('\n');
    const sum = shared.get(text) ?? newSum(labels);
    shared.set(text, sum);
    return sum;
  };
  const add = (slot: number, sum: Sum): void => {
    sum.flows += 1;
    sum.packets += columns.lowToHighPackets[slot]! + columns.highToLowPackets[slot]!;
    sum.bytes += columns.lowToHighBytes[slot]! + columns.highToLowBytes[slot]!;
    sum.receivedPackets += columns.receivedPackets[slot]!;
    sum.receivedBytes += columns.receivedBytes[slot]!;
    sum.ratePackets += rates.packets(slot);
    sum.rateBytes += rates.bytes(slot);
    sum.rateReceivedBytes += rates.receivedBytes(slot);
    sum.smoothed += columns.smoothedBitsPerSecond[slot]!;
    sum.firstSeenUs = Math.min(sum.firstSeenUs, columns.firstSeenUs[slot]!);
    sum.lastSeenUs = Math.max(sum.lastSeenUs, columns.lastSeenUs[slot]!);
  };
  const firstEnds = ends(first);
  const secondEnds = second ? ends(second) : [false];
  const done: Sum[] = [];
  for (const slot of matchingSlots(columns, context, query.filter)) {
    done.length = 0;
    for (const high of firstEnds) {
      for (const secondHigh of secondEnds) {
        const sum = sumOf(slot, high, secondHigh);
        // Both ends in one network: the flow counts there once.
        if (done.includes(sum)) continue;
        done.push(sum);
        add(slot, sum);
      }
    }
  }
  const flat = shared
    ? [...shared.values()]
    : Array.from(sums.values(), (inner) => [...inner.values()]).flat();
  const groups = flat.map((sum) => finish(sum, keys, rates.seconds));
  // Fields that have no value of a group mean the rate.
  const value = findSortField(query.sort.field)?.ofGroup ?? findSortField('rate')!.ofGroup!;
  const { nowUs } = context;
  const sign = query.sort.descending ? 1 : -1;
  groups.sort(
    (a, b) =>
      sign * (value(b, nowUs) - value(a, nowUs)) ||
      b.total.bytes - a.total.bytes ||
      (a.key < b.key ? -1 : 1),
  );
  return { groups: groups.slice(query.offset, query.offset + query.limit), matched: groups.length };
}

function finish(sum: Sum, keys: readonly GroupKey[], seconds: number): FlowGroup {
  return {
    key: sum.labels.join('\n'),
    labels: sum.labels,
    flows: sum.flows,
    total: { packets: sum.packets, bytes: sum.bytes },
    received: { packets: sum.receivedPackets, bytes: sum.receivedBytes },
    sent: {
      packets: sum.packets - sum.receivedPackets,
      bytes: sum.bytes - sum.receivedBytes,
    },
    packetsPerSecond: perSecond(sum.ratePackets, seconds),
    bitsPerSecond: perSecond(sum.rateBytes * 8, seconds),
    inBitsPerSecond: perSecond(sum.rateReceivedBytes * 8, seconds),
    outBitsPerSecond: perSecond((sum.rateBytes - sum.rateReceivedBytes) * 8, seconds),
    smoothedBitsPerSecond: sum.smoothed,
    firstSeenUs: sum.firstSeenUs,
    lastSeenUs: sum.lastSeenUs,
    filter: keys.map((key, i) => key.filter(sum.labels[i]!)).join(' and '),
  };
}
