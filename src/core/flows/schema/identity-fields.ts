// Fields by which a flow is known: ends, ports, protocol, state, VLAN, tunnel, interface.
import { endpointText } from '../../format/endpoint.js';
import { protocolName } from '../../format/protocol.js';
import { tunnelNames } from '../../format/tunnel.js';
import type { QueryColumns } from '../columns.generated.js';
import { NO_VLAN, protocolRow, TCP } from '../flow-constants.js';
import { compareEndpoints, endpointSortKey } from '../key-order.js';
import { tcpStates } from '../tcp-state.js';
import type { FieldSchema } from './contract.js';
import { byDestination, bySource, NO_VALUE } from './group-keys.js';
import { destination, source, tunnel, vlan } from './row-values.js';

const servicePort = (columns: QueryColumns, slot: number): number =>
  (columns.sourceIsLow[slot] ? columns.highPort : columns.lowPort)[slot]!;

const outermostVlan = (columns: QueryColumns, slot: number): number => {
  const tag = columns.vlan[slot * 4]!;
  return tag === NO_VLAN ? -1 : tag;
};

const both = (column: Uint32Array, slot: number): number =>
  column[slot * 2]! + column[slot * 2 + 1]!;

export const identityFields: readonly FieldSchema[] = [
  {
    name: 'source',
    aliases: ['src', 'ip.src', 'ipv6.src', 'from'],
    kind: 'address',
    title: 'SOURCE',
    description: 'address of the side that began',
    read: (columns) => (slot) => endpointSortKey(columns, slot, columns.sourceIsLow[slot] === 1),
    compare: (columns) => (a, b) =>
      compareEndpoints(columns, a, columns.sourceIsLow[a] === 1, b, columns.sourceIsLow[b] === 1),
    row: {
      type: 'Endpoint',
      description:
        'Who began it: the sender of the SYN; without one, who uses a port from 1,024 on; else who was seen first.',
      value: source,
    },
    ofRow: (row) => endpointText(row.source),
    term: (row) => `src host ${row.source.address}`,
    once: { place: 30 },
    screen: { place: 20, description: 'the side that began', width: 0, from: 60 },
    sortMenu: { place: 90, key: 's' },
    group: {
      name: 'source',
      description: 'address of the side that began',
      ...bySource,
      filter: (label) => `src host ${label}`,
    },
    groupMenu: { place: 20, key: 's', label: 'source host' },
  },
  {
    name: 'destination',
    aliases: ['dst', 'dest', 'ip.dst', 'ipv6.dst', 'to'],
    kind: 'address',
    title: 'DESTINATION',
    description: 'address of the other side',
    read: (columns) => (slot) => endpointSortKey(columns, slot, columns.sourceIsLow[slot] !== 1),
    compare: (columns) => (a, b) =>
      compareEndpoints(columns, a, columns.sourceIsLow[a] !== 1, b, columns.sourceIsLow[b] !== 1),
    row: { type: 'Endpoint', description: 'The other side.', value: destination },
    ofRow: (row) => endpointText(row.destination),
    term: ({ destination: { address, port } }) =>
      port === null ? `dst host ${address}` : `dst host ${address} and dst port ${port}`,
    once: { place: 40 },
    screen: { place: 40, description: 'the other side: its port is the service', width: 0 },
    sortMenu: { place: 100, key: 'd' },
    group: {
      name: 'destination',
      description: 'address of the other side',
      ...byDestination,
      filter: (label) => `dst host ${label}`,
    },
    groupMenu: { place: 30, key: 'd', label: 'destination host' },
  },
  {
    name: 'sport',
    aliases: ['srcport', 'tcp.srcport', 'udp.srcport'],
    kind: 'port',
    title: 'SPORT',
    description: 'port of the side that began',
    read: (columns) => (slot) =>
      columns.sourceIsLow[slot] ? columns.lowPort[slot]! : columns.highPort[slot]!,
    row: null,
    ofRow: (row) => row.source.port,
  },
  {
    name: 'dport',
    aliases: ['dstport', 'tcp.dstport', 'udp.dstport'],
    kind: 'port',
    title: 'PORT',
    description: 'port of the other side: the service',
    read: (columns) => (slot) => servicePort(columns, slot),
    row: null,
    ofRow: (row) => row.destination.port,
    sortMenu: { place: 110, key: 'p', label: 'port' },
    group: {
      name: 'port',
      description: 'the service: port of the side that was called',
      code: (columns, slot) => (columns.hasPorts[slot] ? servicePort(columns, slot) : -1),
      label: (columns, _context, slot) =>
        columns.hasPorts[slot] ? String(servicePort(columns, slot)) : NO_VALUE,
      filter: (label) => (label === NO_VALUE ? 'not port 0-65535' : `dst port ${label}`),
    },
    groupMenu: { place: 50, key: 'p', label: 'port' },
  },
  {
    name: 'protocol',
    aliases: ['proto', 'ip.proto'],
    kind: 'name',
    title: 'PROTO',
    description: 'protocol of the innermost packet',
    read: (columns) => (slot) => protocolRow(columns, slot),
    label: protocolName,
    row: {
      type: 'string',
      description: 'As in ticks: "TCP", "ARP", "IP-253".',
      value: (columns, slot) => protocolName(protocolRow(columns, slot)),
    },
    term: (row) => `proto = ${row.protocol}`,
    once: { place: 20 },
    screen: { place: 50, width: 6 },
    sortMenu: { place: 120, key: 'c' },
    group: {
      name: 'protocol',
      description: 'innermost protocol',
      code: protocolRow,
      label: (columns, _context, slot) => protocolName(protocolRow(columns, slot)),
      filter: (label) => `proto = ${label}`,
    },
    groupMenu: { place: 60, key: 'c' },
  },
  {
    name: 'state',
    aliases: ['tcp.state'],
    kind: 'name',
    title: 'STATE',
    description: 'state of the TCP connection',
    read: (columns) => (slot) => (columns.protocol[slot] === TCP ? columns.tcpState[slot]! : -1),
    label: (code) => tcpStates[code] ?? '',
    row: {
      path: 'tcp.state',
      type: 'TcpState',
      description: 'Where the connection stands.',
      value: (columns, slot) => tcpStates[columns.tcpState[slot]!] ?? 'unknown',
    },
    ofRow: (row) => row.tcp?.state ?? null,
    once: { place: 50 },
    screen: { place: 140, width: 7, from: 80 },
    inHelp: true,
  },
  {
    name: 'vlan',
    aliases: ['vlan.id'],
    kind: 'number',
    title: 'VLAN',
    description: 'outermost VLAN id',
    read: (columns) => (slot) => outermostVlan(columns, slot),
    row: {
      type: 'readonly number[]',
      description: 'VLAN ids, outermost first; empty without.',
      value: vlan,
      json: { omit: 'empty' },
    },
    ofRow: (row) => row.vlan[0] ?? null,
    screen: { place: 150, description: 'VLAN ids, outermost first', width: 9, from: 120 },
    group: {
      name: 'vlan',
      description: 'outermost VLAN id',
      code: outermostVlan,
      label: (columns, _context, slot) => {
        const id = outermostVlan(columns, slot);
        return id < 0 ? NO_VALUE : String(id);
      },
      filter: (label) => (label === NO_VALUE ? 'not vlan >= 0' : `vlan ${label}`),
    },
    groupMenu: { place: 120, key: 'v', label: 'VLAN' },
    inHelp: true,
  },
  {
    name: 'tunnel',
    kind: 'name',
    title: 'TUNNEL',
    description: 'type of the innermost tunnel',
    read: (columns) => (slot) => columns.tunnelType[slot]!,
    label: (code) => tunnelNames[code] ?? '',
    row: {
      type: 'Tunnel | null',
      description: 'null without.',
      value: tunnel,
      json: { omit: 'null' },
    },
    ofRow: (row) => row.tunnel?.type ?? null,
    term: (row) =>
      row.tunnel === null ? null : `tunnel = ${row.tunnel.type} and tunnelid = ${row.tunnel.id}`,
    screen: { place: 160, description: 'innermost tunnel and its id', width: 15, from: 120 },
    group: {
      name: 'tunnel',
      description: 'innermost tunnel and its id',
      code: (columns, slot) => columns.tunnelType[slot]! * 2 ** 32 + columns.tunnelId[slot]!,
      label: (columns, _context, slot) => {
        const type = tunnelNames[columns.tunnelType[slot]!];
        return type ? `${type} ${columns.tunnelId[slot]}` : NO_VALUE;
      },
      filter: (label) => {
        const [type, id] = label.split(' ');
        return label === NO_VALUE ? 'not tunnelid >= 0' : `tunnel = ${type} and tunnelid = ${id}`;
      },
    },
    groupMenu: { place: 130, key: 't' },
    inHelp: true,
  },
  {
    name: 'tunnelid',
    aliases: ['vni', 'vxlan.vni', 'teid', 'tunnel.id'],
    kind: 'number',
    title: 'VNI',
    description: 'VNI, TEID or key of the innermost tunnel',
    read: (columns) => (slot) => (columns.tunnelType[slot] ? columns.tunnelId[slot]! : -1),
    row: null,
    ofRow: (row) => row.tunnel?.id ?? null,
  },
  {
    name: 'interface',
    aliases: ['iface', 'if', 'dev'],
    kind: 'label',
    title: 'IFACE',
    description: 'interface that saw it',
    dictionary: 'interface',
    column: {
      name: 'interfaceLabel',
      storage: 'u16',
      description: 'Code of its name.',
      seenBy: 'rules',
      inRows: true,
    },
    row: { description: 'Where it was seen.' },
    once: { place: 10 },
    screen: { place: 10, width: 8, from: 60 },
    group: true,
    groupMenu: { place: 140, key: 'i' },
    inHelp: true,
  },
  {
    name: 'syn',
    kind: 'count',
    title: 'SYN',
    description: 'SYN without ACK, both directions',
    read: (columns) => (slot) => both(columns.syn, slot),
    row: {
      path: 'tcp.syn',
      description: 'Packets with SYN and without ACK.',
      value: 'syn',
    },
    ofRow: (row) => row.tcp?.syn ?? null,
  },
  {
    name: 'rst',
    kind: 'count',
    title: 'RST',
    description: 'RST, both directions',
    read: (columns) => (slot) => both(columns.rst, slot),
    row: {
      path: 'tcp.rst',
      description: 'Packets with RST.',
      value: 'rst',
    },
    ofRow: (row) => row.tcp?.rst ?? null,
  },
];
