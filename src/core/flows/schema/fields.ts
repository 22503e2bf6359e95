// Each field of a flow, once: storage, how it is read, its place in rows, NDJSON, tables, menus, filters and docs. In the order in which
// filters, --sort and help name them. What is absent is made by kind: see contract.ts.
import type { QueryColumns } from '../columns.generated.js';
import { perSecond, Rates } from '../rates.js';
import type { FieldSchema } from './contract.js';
import { identityFields } from './identity-fields.js';

const byChoice = Number.POSITIVE_INFINITY;

const totalBytes = (columns: QueryColumns) => (slot: number) =>
  columns.lowToHighBytes[slot]! + columns.highToLowBytes[slot]!;

export const fields: readonly FieldSchema[] = [
  {
    name: 'rate',
    aliases: ['bps', 'bandwidth'],
    kind: 'bitsPerSecond',
    title: 'RATE',
    description: 'bits per second over the last interval, both directions',
    read: (columns, context) => {
      const rates = new Rates(columns, context);
      return (slot) => perSecond(rates.bytes(slot) * 8, rates.seconds);
    },
    row: {
      path: 'bitsPerSecond',
      description: 'Over the last interval, both directions.',
      value: (_columns, slot, _context, rates) => perSecond(rates.bytes(slot) * 8, rates.seconds),
      json: { write: 'round' },
    },
    ofGroup: (group) => group.bitsPerSecond,
    sortMenu: { place: 10, key: 'r', label: 'rate, both directions' },
    inHelp: true,
  },
  {
    name: 'smoothed',
    kind: 'bitsPerSecond',
    title: 'RATE',
    description: 'the rate, smoothed over about three seconds: what the screen sorts by',
    read: (columns) => (slot) => columns.smoothedBitsPerSecond[slot]!,
    row: {
      path: 'smoothedBitsPerSecond',
      description: 'Exponentially smoothed `bitsPerSecond`, what the screen sorts by.',
      value: 'smoothedBitsPerSecond',
      json: null,
    },
    ofGroup: (group) => group.smoothedBitsPerSecond,
  },
  {
    name: 'in',
    aliases: ['inrate', 'down'],
    kind: 'bitsPerSecond',
    title: 'IN',
    description: 'bits per second received by the interface',
    read: (columns, context) => {
      const rates = new Rates(columns, context);
      return (slot) => perSecond(rates.receivedBytes(slot) * 8, rates.seconds);
    },
    row: {
      path: 'inBitsPerSecond',
      description: "By the interface's own direction: in = received, out = sent.",
      value: (_columns, slot, _context, rates) =>
        perSecond(rates.receivedBytes(slot) * 8, rates.seconds),
      json: null,
    },
    ofGroup: (group) => group.inBitsPerSecond,
    once: { place: 60 },
    screen: { place: 60, description: 'rate received by the interface' },
    sortMenu: { place: 20, key: 'i', label: 'rate in' },
  },
  {
    name: 'out',
    aliases: ['outrate', 'up'],
    kind: 'bitsPerSecond',
    title: 'OUT',
    description: 'bits per second sent by the interface',
    read: (columns, context) => {
      const rates = new Rates(columns, context);
      return (slot) => perSecond(rates.sentBytes(slot) * 8, rates.seconds);
    },
    row: {
      path: 'outBitsPerSecond',
      description: 'What the interface sent of it.',
      value: (_columns, slot, _context, rates) =>
        perSecond(rates.sentBytes(slot) * 8, rates.seconds),
      json: null,
    },
    ofGroup: (group) => group.outBitsPerSecond,
    once: { place: 70 },
    screen: { place: 70, description: 'rate sent by the interface' },
    sortMenu: { place: 30, key: 'o', label: 'rate out' },
  },
  {
    name: 'pps',
    kind: 'packetsPerSecond',
    title: 'PKT/S',
    description: 'packets per second over the last interval',
    read: (columns, context) => {
      const rates = new Rates(columns, context);
      return (slot) => perSecond(rates.packets(slot), rates.seconds);
    },
    row: {
      path: 'packetsPerSecond',
      description: 'Over the last interval, both directions (in a summary: mean over the run).',
      value: (_columns, slot, _context, rates) => perSecond(rates.packets(slot), rates.seconds),
      json: { write: 'round' },
    },
    ofGroup: (group) => group.packetsPerSecond,
    screen: { place: 90, description: 'packets per second, both directions', from: 140 },
    sortMenu: { place: 60, key: 'x', label: 'packets a second' },
  },
  {
    name: 'bytes',
    aliases: ['total', 'size'],
    kind: 'bytes',
    title: 'BYTES',
    description: 'bytes since the flow is known, both directions',
    read: totalBytes,
    row: null,
    ofRow: ({ forward, reverse }) => forward.bytes + reverse.bytes,
    ofGroup: (group) => group.total.bytes,
    once: { place: 90 },
    screen: {
      place: 100,
      title: 'TOTAL',
      description: 'bytes, both directions',
      from: 70,
      until: 159,
    },
    sortMenu: { place: 40, key: 'b', label: 'bytes' },
    inHelp: true,
  },
  {
    name: 'packets',
    aliases: ['pkts', 'frames'],
    kind: 'count',
    title: 'PKTS',
    description: 'packets since the flow is known, both directions',
    read: (columns) => (slot) => columns.lowToHighPackets[slot]! + columns.highToLowPackets[slot]!,
    row: null,
    ofRow: ({ forward, reverse }) => forward.packets + reverse.packets,
    ofGroup: (group) => group.total.packets,
    once: { place: 80 },
    screen: { place: 130, description: 'packets, both directions', from: 100 },
    sortMenu: { place: 50, key: 'n', label: 'packets' },
    inHelp: true,
  },
  {
    name: 'rx',
    aliases: ['received'],
    kind: 'bytes',
    title: 'ΣIN',
    description: 'bytes received by the interface',
    read: (columns) => (slot) => columns.receivedBytes[slot]!,
    row: null,
    ofRow: (row) => row.received.bytes,
    ofGroup: (group) => group.received.bytes,
    screen: { place: 110, from: 160 },
  },
  {
    name: 'tx',
    aliases: ['sent'],
    kind: 'bytes',
    title: 'ΣOUT',
    description: 'bytes sent by the interface',
    read: (columns) => {
      const total = totalBytes(columns);
      return (slot) => total(slot) - columns.receivedBytes[slot]!;
    },
    row: null,
    ofRow: (row) => row.sent.bytes,
    ofGroup: (group) => group.sent.bytes,
    screen: { place: 120, from: 160 },
  },
  {
    name: 'age',
    kind: 'seconds',
    title: 'AGE',
    description: 'time since the first packet',
    read: (columns, context) => (slot) => (context.nowUs - columns.firstSeenUs[slot]!) / 1e6,
    row: {
      path: 'firstSeenUs',
      description: 'Microseconds since 1970.',
      value: 'firstSeenUs',
      json: { name: 'firstSeen', write: 'time' },
    },
    ofRow: (row, nowUs) => (nowUs - row.firstSeenUs) / 1e6,
    ofGroup: (group, nowUs) => (nowUs - group.firstSeenUs) / 1e6,
    screen: { place: 180, from: 80 },
    sortMenu: { place: 70, key: 'a', label: 'age' },
    inHelp: true,
  },
  {
    name: 'idle',
    kind: 'seconds',
    title: 'IDLE',
    description: 'time since the last packet',
    read: (columns, context) => (slot) => (context.nowUs - columns.lastSeenUs[slot]!) / 1e6,
    row: {
      path: 'lastSeenUs',
      description: 'Microseconds since 1970, to some milliseconds.',
      value: 'lastSeenUs',
      json: { name: 'lastSeen', write: 'time' },
    },
    ofRow: (row, nowUs) => (nowUs - row.lastSeenUs) / 1e6,
    ofGroup: (group, nowUs) => (nowUs - group.lastSeenUs) / 1e6,
    // It counts up on every quiet row: by choice only.
    screen: { place: 170, from: byChoice },
    sortMenu: { place: 80, key: 'l', label: 'last packet' },
    inHelp: true,
  },
  ...identityFields,
];
