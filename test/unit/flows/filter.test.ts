// The filter language: what each spelling selects, what each mistake is told, and that nothing makes it throw.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FieldContext } from '../../../src/core/flows/field-context.js';
import { compileFilter } from '../../../src/core/flows/filter/compile-filter.js';
import { FlowTable } from '../../../src/core/flows/flow-table.js';
import { matchingSlots } from '../../../src/core/flows/query.js';
import { fields } from '../../../src/core/flows/schema/schema.js';
import { openBatch } from '../../../src/core/wire/batch.js';
import { flowSeen } from '../../../src/core/wire/layout.generated.js';
import { type CraftedFlow, craftBatch } from '../../support/batch-builder.js';

const ACK = 0x10;
const SYN = 0x02;

/** name → flow; the tests speak of flows by name. */
const crafted: Record<string, CraftedFlow> = {
  https: {
    low: '10.0.0.1',
    high: '192.168.1.9',
    lowPort: 40000,
    highPort: 443,
    packets: [1000, 2000],
    bytes: [100_000, 2_000_000],
    firstSynDirection: 0,
    syn: [1, 0],
    synAck: [0, 1],
    flags: [SYN | ACK, SYN | ACK],
  },
  ssh: {
    low: '10.0.0.1',
    high: '10.1.2.3',
    lowPort: 22,
    highPort: 50000,
    packets: [5, 5],
    bytes: [500, 500],
    firstDirection: 1,
    seen: flowSeen.receivedLowToHigh | flowSeen.sentHighToLow,
    flags: [ACK, ACK],
    firstSeenAgoMs: 900,
    lastSeenAgoMs: 400,
  },
  dns: {
    low: '10.0.0.1',
    high: '10.0.0.53',
    lowPort: 33333,
    highPort: 53,
    protocol: 17,
    bytes: [80, 200],
    packets: [1, 1],
  },
  ping: { low: '10.0.0.1', high: '10.9.9.9', protocol: 1, icmpType: 8, packets: [1, 1] },
  v6: { low: '2001:db8::1', high: '2001:db8::2', lowPort: 8080, highPort: 60000, flags: [SYN, 0] },
  arp: { low: '10.0.0.1', high: '10.0.0.254', protocol: 0, family: 1, hasPorts: false },
  tagged: {
    low: '172.16.0.1',
    high: '172.16.0.2',
    protocol: 17,
    lowPort: 8050,
    highPort: 9,
    vlan: [100, 7],
    interfaceIndex: 3,
  },
  tunnelled: {
    low: '10.200.0.1',
    high: '10.200.0.2',
    protocol: 132,
    tunnelType: 1,
    tunnelId: 42,
    tunnelSource: '203.0.113.1',
    tunnelDestination: '203.0.113.2',
  },
};

const table = new FlowTable({ capacity: 4096, timeoutSeconds: 0 });
const batch = openBatch(craftBatch({ flows: Object.values(crafted) }));
table.apply(batch, batch.capturedAtUs, 1);
// Codes are the kernel's indexes here.
table.columns.interfaceLabel.set(table.columns.interfaceIndex);
const names = Object.keys(crafted);
const context: FieldContext = {
  nowUs: batch.capturedAtUs,
  intervalSeconds: 1,
  elapsedSeconds: 1,
  final: false,
  label: (_dictionary, index) => (index === 2 ? 'eth0' : `veth${index}`),
};

function select(text: string): string {
  const compiled = compileFilter(text);
  if (!compiled.ok) return `error: ${compiled.error.message}`;
  const slots = matchingSlots(table.columns, context, compiled.filter);
  return Array.from(slots, (slot) => names[slot]).join(' ');
}

const all = names.join(' ');
const without = (...left: string[]): string =>
  names.filter((name) => !left.includes(name)).join(' ');

describe('a filter selects', () => {
  const cases: [string, string][] = [
    ['', all],
    ['port 443', 'https'],
    ['dst port 443', 'https'],
    ['src port 443', ''],
    ['not port 22', without('ssh')],
    ['!port 22', without('ssh')],
    ['port 22 or port 53', 'ssh dns'],
    ['port 22,53', 'ssh dns'],
    ['port {22 53}', 'ssh dns'],
    ['port (22 or 53)', 'ssh dns'],
    ['tcp.port in {22 443}', 'https ssh'],
    ['tcp.port == 443 && ip.src == 10.0.0.0/8', 'https'],
    ['udp.port == 443', ''],
    ['portrange 8000-8100', 'v6 tagged'],
    ['port 8000-8100', 'v6 tagged'],
    ['port > 49999', 'ssh v6'],
    ['port != 443', without('https')],
    ['port https', 'https'],
    ['tcp port 443', 'https'],
    ['tcp port 443 or udp port 53', 'https dns'],
    ['udp dst port domain', 'dns'],
    ['host 10.0.0.53', 'dns'],
    ['10.0.0.53', 'dns'],
    ['dst host 10.0.0.53', 'dns'],
    ['dst 10.0.0.53', 'dns'],
    ['src 10.1.2.3', 'ssh'],
    ['src or dst host 10.1.2.3', 'ssh'],
    ['src and dst net 10.0.0.0/8', 'ssh dns ping arp tunnelled'],
    ['net 10.1', 'ssh'],
    ['10.1.0.0/16', 'ssh'],
    ['net 192.168', 'https'],
    ['src net 10.0.0.0/8 and rate > 1M', 'https'],
    ['host 2001:db8::2', 'v6'],
    ['2001:db8::/32', 'v6'],
    ['ip6', 'v6'],
    ['ip', without('v6', 'arp')],
    ['arp', 'arp'],
    ['icmp', 'ping'],
    ['tcp', 'https ssh v6'],
    ['TCP', 'https ssh v6'],
    ['udp', 'dns tagged'],
    ['sctp', 'tunnelled'],
    ['proto 132', 'tunnelled'],
    ['proto tcp', 'https ssh v6'],
    ['proto:udp', 'dns tagged'],
    ['protocol = UDP', 'dns tagged'],
    ['dns', 'dns'],
    ['ssh', 'ssh'],
    ['https and tcp', 'https'],
    ['443', 'https'],
    ['rate > 16Mb', 'https'],
    ['rate > 2MB/s', 'https'],
    ['rate > 3MB/s', ''],
    ['rate>=1k and rate<1M', 'ssh dns ping'],
    ['bytes > 1Mi', 'https'],
    ['bytes >= 1000 bytes <= 1000', 'ssh'],
    ['packets = 10', 'ssh'],
    ['packets ge 3k', 'https'],
    ['idle > 300', 'ssh'],
    ['idle > 0.3s', 'ssh'],
    ['idle < 1ms', without('ssh')],
    ['vlan 100', 'tagged'],
    ['vlan 7', ''],
    ['vni 42', 'tunnelled'],
    ['tunnel vxlan', 'tunnelled'],
    ['vxlan', 'tunnelled'],
    ['interface eth0', without('tagged')],
    ['iface = veth3', 'tagged'],
    ['dev:veth*', 'tagged'],
    ['interface ~ /^veth/', 'tagged'],
    ['interface !~ ^veth', without('tagged')],
    ['state established', 'https ssh'],
    ['state:syn_sent', 'v6'],
    ['established', 'https ssh'],
    ['"eth0"', without('tagged')],
    ['/^veth/', 'tagged'],
    ['192.168.', 'https'],
    ['inbound', without('ssh')],
    ['in', without('ssh')],
    ['out', 'ssh'],
    ['(port 80 or port 443) and tcp', 'https'],
    ['not (tcp or udp)', 'ping arp tunnelled'],
    ['not not tcp', 'https ssh v6'],
    ['in > 0 and port 22', 'ssh'],
  ];
  it.each(cases)('%s', (text, expected) => {
    expect(select(text)).toBe(expected);
  });
});

describe('a mistake is told with its place', () => {
  const cases: [
    text: string,
    position: number,
    length: number,
    message: RegExp,
    hint: RegExp | null,
  ][] = [
    ['tcp port htps', 9, 4, /unknown port or service "htps"/, /https/],
    ['port', 3, 1, /a port is missing/, null],
    ['port 70000', 5, 5, /unknown port/, null],
    ['port 443 and', 11, 1, /missing/, null],
    ['tcp and udp or icmp', 12, 2, /parentheses/, /\(a and b\) or c/],
    ['(tcp', 0, 1, /never closed/, /\)/],
    ['tcp)', 3, 1, /closes nothing/, null],
    ['"tcp', 0, 4, /doesn't end/, /"/],
    ['/tcp', 0, 4, /doesn't end/, null],
    ['rate', 0, 4, /needs a comparison/, /rate > 1M/],
    ['rate > fast', 7, 4, /no value for rate/, /k M G T/],
    ['raet > 1M', 0, 4, /no field "raet"/, /rate/],
    ['host example.org', 5, 11, /no address/, /10\.0\.0\.1/],
    ['host 10.0.0.0/33', 5, 11, /no address/, null],
    ['tcp & udp', 4, 1, /single &/, /&&/],
    ['interface > 3', 12, 1, /text/, null],
    ['/(/', 0, 3, /regular expression/, null],
    ['proc nginx', 0, 4, /processes are not known/, null],
    ['port 8100-8000', 5, 9, /unknown port/, null],
    ['src', 2, 1, /missing/, null],
    ['= 5', 0, 1, /expected/, null],
    ['port {80 443', 11, 1, /"}" is missing/, null],
  ];
  it.each(cases)('%s', (text, position, length, message, hint) => {
    const compiled = compileFilter(text);
    expect(compiled.ok).toBe(false);
    if (compiled.ok) return;
    expect(compiled.error.message).toMatch(message);
    expect([compiled.error.position, compiled.error.length]).toEqual([position, length]);
    if (hint) expect(compiled.error.hint ?? '').toMatch(hint);
  });

  it('nesting without end', () => {
    expect(select('('.repeat(5000))).toMatch(/nested deeper/);
    expect(select(`${'not '.repeat(1500)}tcp`)).toMatch(/nested deeper/);
  });
});

describe('no text makes it throw', () => {
  // A small generator, so that a failure can be repeated.
  let state = 12345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pieces = [
    ...'(){}!,:"\'/~=<>&|*.-\\ ',
    ...[
      'and',
      'or',
      'not',
      'port',
      'host',
      'src',
      'dst',
      'net',
      'tcp',
      'udp',
      'in',
      'out',
      'rate',
      'ip',
      'ip6',
    ],
    ...[
      '10.0.0.1',
      '10/8',
      'fe80::1',
      '443',
      '1M',
      '5s',
      '>=',
      '!=',
      '!~',
      '&&',
      '||',
      '==',
      'vlan',
      'state',
      'idle',
    ],
    ...[
      '[',
      ']',
      '\u0000',
      'é',
      '😀',
      '\ud800',
      '__proto__',
      'constructor',
      'toString',
      '/(a+)+$/',
      '0x10',
      '::',
      '1e9',
    ],
  ];
  it('200,000 of them', () => {
    for (let i = 0; i < 200_000; i += 1) {
      let text = '';
      const count = random(9);
      for (let j = 0; j < count; j += 1) {
        text += pieces[random(pieces.length)];
        if (random(2)) text += ' ';
      }
      const compiled = compileFilter(text);
      if (!compiled.ok) {
        const { position, length } = compiled.error;
        if (!(position >= 0 && length >= 1 && position <= text.length)) {
          throw new Error(`${JSON.stringify(text)}: error at ${position}+${length}`);
        }
      } else if (i % 100 === 0) {
        matchingSlots(table.columns, context, compiled.filter);
      }
    }
  }, 60_000);
});

describe('docs/filters.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/filters.md'), 'utf8');

  it('shows only what the language understands', () => {
    const shown = page
      .slice(0, page.indexOf('## Fields'))
      .split('\n')
      .filter((line) => /^\| (?!to find|---)|^Together/.test(line))
      .flatMap((line) => [...line.matchAll(/`([^`]+)`/g)].map((match) => match[1]!));
    expect(shown.length).toBeGreaterThan(50);
    for (const expression of shown) {
      expect(compileFilter(expression), expression).toMatchObject({ ok: true });
    }
  });

  it('names every field and every other spelling of it', () => {
    const rows = page
      .slice(page.indexOf('| field |'))
      .split('\n')
      .flatMap((line) => [/^\| `([^|]+) \| ([^|]*) \|/.exec(line)].filter((row) => row !== null));
    const named = rows.map(([, name, others]) => `${name} ${others}`.replaceAll('`', '').trim());
    expect(named).toEqual(fields.map(({ name, aliases }) => [name, ...aliases].join(' ')));
  });
});
