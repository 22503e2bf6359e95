// Floods, reflections and broken packets: found by number and by what is missing, silent on crowds and streams.
import { describe, expect, it } from 'vitest';
import { builtInRules } from '../../../src/core/detect/rules/index.js';
import { payloadClass } from '../../../src/core/wire/layout.generated.js';
import { DetectionScenario } from '../../support/detection-scenario.js';

const victim = '192.0.2.1';
const spoofed = (i: number): string =>
  `${11 + (i % 80)}.${i % 251}.${(i >> 3) % 251}.${1 + (i % 200)}`;

function run(fill: (scenario: DetectionScenario) => void): DetectionScenario {
  const scenario = new DetectionScenario(builtInRules);
  fill(scenario);
  scenario.tick();
  scenario.end();
  return scenario;
}

const times = (count: number, one: (i: number) => void): void => {
  for (let i = 0; i < count; i += 1) one(i);
};

describe('a flood', () => {
  it('of SYN from forged sources has no source', () => {
    const scenario = run((one) =>
      times(2000, (i) =>
        one.flow({ from: spoofed(i), to: victim, sourcePort: i + 1024, port: 80, sent: ['S'] }),
      ),
    );
    expect(scenario.kinds).toEqual(['syn_flood high']);
    expect(scenario.find('syn_flood')).toMatchObject({
      source: null,
      destination: { address: victim, port: 80 },
      count: 2000,
      evidence: { spoofable: true },
    });
    expect(scenario.find('syn_flood')!.evidence.sources!.sample).toHaveLength(16);
  });

  it('of SYN from one source names it, although SYN cookies answer', () => {
    const scenario = run((one) =>
      times(2000, (i) =>
        one.flow({
          from: '192.0.2.66',
          to: victim,
          sourcePort: i + 1024,
          port: 80,
          sent: ['S', 'R'],
          answered: ['SA'],
        }),
      ),
    );
    expect(scenario.kinds).toEqual(['syn_flood high']);
    expect(scenario.find('syn_flood')!.source).toEqual({ address: '192.0.2.66' });
  });

  it('of SYN by one reused port counts packets, not flows', () => {
    const scenario = run((one) =>
      one.flow({ from: '192.0.2.66', to: victim, port: 80, sent: Array(900).fill('S') }),
    );
    expect(scenario.find('syn_flood')!.count).toBe(900);
  });

  it.each([
    ['udp_flood', { protocol: 17, port: 53, sent: [''] }],
    ['icmp_flood', { protocol: 1, icmpType: 8, sent: [''] }],
    ['ack_flood', { port: 80, sent: ['A'] }],
    ['rst_flood', { port: 22, sent: ['R'] }],
  ] as const)('of many forged sources is %s', (kind, flow) => {
    const scenario = run((one) =>
      times(1500, (i) => one.flow({ from: spoofed(i), to: victim, sourcePort: 1024 + i, ...flow })),
    );
    expect(scenario.kinds.filter((found) => !/ (?:info|low)$/.test(found))).toEqual([
      `${kind} high`,
    ]);
  });

  it('of pings is found although the pair of hosts began with another ICMP', () => {
    const scenario = new DetectionScenario(builtInRules);
    const pair = { from: victim, to: '192.0.2.66', protocol: 1, icmpType: 3 };
    scenario.flow({ ...pair, sent: [''] });
    scenario.tick();
    scenario.flow({ ...pair, sent: Array(900).fill(''), answered: Array(900).fill('') });
    scenario.fact({
      from: '192.0.2.66',
      to: victim,
      protocol: 1,
      reason: payloadClass.icmpEcho,
      payload: Uint8Array.from([8, 0, 0, 0, 0, 1, 0, 1]),
    });
    scenario.tick();
    expect(scenario.find('icmp_flood')).toMatchObject({
      source: { address: '192.0.2.66' },
      destination: { address: victim },
      count: 900,
    });
  });

  it('of fragments that complete nothing is fragment_flood', () => {
    const scenario = run((one) =>
      times(600, (i) =>
        one.fact({
          type: 'fragment',
          from: spoofed(i),
          to: victim,
          protocol: 17,
          ipIdentification: i,
          fragmentOffset: 800,
          packetPayloadLength: 64,
          moreFragments: true,
        }),
      ),
    );
    expect(scenario.kinds).toEqual(['fragment_flood high']);
  });

  it('of short HTTP connections is http_flood', () => {
    const scenario = run((one) =>
      times(400, (i) =>
        one.flow({
          from: '192.0.2.66',
          to: victim,
          sourcePort: 1024 + i,
          port: 80,
          sent: ['S', 'A', 'PA', 'FA'],
          answered: ['SA', 'PA', 'FA'],
        }),
      ),
    );
    expect(scenario.kinds).toEqual(['http_flood medium']);
  });

  it('hides no scanner', () => {
    const scenario = run((one) => {
      times(5000, (i) =>
        one.flow({ from: spoofed(i), to: victim, sourcePort: 1024 + i, port: 80, sent: ['S'] }),
      );
      times(30, (i) =>
        one.flow({
          from: '192.0.2.77',
          to: '192.0.2.9',
          port: 1 + i,
          sent: ['S'],
          answered: ['RA'],
        }),
      );
    });
    expect(scenario.kinds.sort()).toEqual(['port_scan_syn medium', 'syn_flood high']);
  });

  it('hides no scanner whose packets found no room in the flow table', () => {
    const scenario = new DetectionScenario(builtInRules);
    times(30, (i) =>
      scenario.fact({
        type: 'untracked',
        from: '192.0.2.77',
        to: '192.0.2.9',
        protocol: 6,
        destinationPort: 1 + i,
      }),
    );
    scenario.tick();
    expect(scenario.find('port_scan_syn')).toMatchObject({
      source: { address: '192.0.2.77' },
      count: 30,
    });
  });
});

describe('attacks by answers', () => {
  it('are amplification where the victim never asked', () => {
    const scenario = run((one) =>
      times(400, (i) =>
        one.flow({
          from: `198.51.100.${i % 40}`,
          to: victim,
          protocol: 17,
          sourcePort: 123,
          port: 2000 + i,
          sent: ['', ''],
          bytes: 480,
        }),
      ),
    );
    expect(scenario.kinds).toEqual(['amplification high']);
    expect(scenario.find('amplification')).toMatchObject({
      source: null,
      evidence: { service: 'NTP', sources: { count: 40 } },
    });
  });

  it('are none where it did', () => {
    const scenario = run((one) =>
      times(400, (i) =>
        one.flow({
          from: victim,
          to: '198.51.100.1',
          protocol: 17,
          sourcePort: 2000 + i,
          port: 53,
          sent: [''],
          answered: [''],
          bytes: 480,
        }),
      ),
    );
    expect(scenario.kinds).toEqual([]);
  });

  it('are tcp_reflection by SYN-ACK of many servers', () => {
    const scenario = run((one) =>
      times(400, (i) =>
        one.flow({
          from: `198.51.100.${i % 100}`,
          to: victim,
          sourcePort: 443,
          port: 2000 + i,
          sent: ['SA'],
        }),
      ),
    );
    expect(scenario.kinds).toEqual(['tcp_reflection high']);
  });

  it('are backscatter where they are few', () => {
    const scenario = run((one) =>
      times(12, (i) =>
        one.flow({
          from: `198.51.100.${i}`,
          to: victim,
          sourcePort: 443,
          port: 2000 + i,
          sent: ['SA'],
        }),
      ),
    );
    expect(scenario.kinds).toEqual(['backscatter info']);
  });

  it('are smurf by pings to the broadcast address in the name of the victim', () => {
    const scenario = run((one) =>
      one.flow({
        from: victim,
        to: '192.0.2.255',
        protocol: 1,
        icmpType: 8,
        sent: Array(100).fill(''),
      }),
    );
    expect(scenario.kinds).toEqual(['smurf high']);
  });
});

describe('broken packets', () => {
  const fragment = (
    one: DetectionScenario,
    start: number,
    length: number,
    more: boolean,
    protocol = 17,
  ): void =>
    one.fact({
      type: 'fragment',
      from: '192.0.2.66',
      to: victim,
      protocol,
      ipIdentification: 7,
      fragmentOffset: start,
      packetPayloadLength: length,
      moreFragments: more,
    });

  it.each<[string, (one: DetectionScenario) => void]>([
    [
      'teardrop',
      (one) => {
        fragment(one, 0, 36, true);
        fragment(one, 24, 4, false);
      },
    ],
    ['ping_of_death', (one) => fragment(one, 65_528, 1472, false)],
    [
      'tiny_fragment',
      (one) =>
        times(4, (i) =>
          one.fact({
            type: 'fragment',
            from: '192.0.2.66',
            to: victim,
            protocol: 6,
            ipIdentification: i,
            fragmentOffset: 0,
            packetPayloadLength: 8,
            moreFragments: true,
          }),
        ),
    ],
    [
      'land',
      (one) =>
        one.flow({ from: victim, to: victim, sourcePort: 80, port: 80, sent: ['S', 'S', 'S'] }),
    ],
    [
      'malformed',
      (one) =>
        times(6, () =>
          one.fact({ type: 'tcp_flags', from: '192.0.2.66', to: victim, tcpFlags: 0x03 }),
        ),
    ],
    [
      'ipv6_ext_abuse',
      (one) =>
        times(3, () =>
          one.fact({
            type: 'ip_option',
            from: '2001:db8::66',
            to: '2001:db8::1',
            family: 6,
            protocol: 58,
            reason: 43,
          }),
        ),
    ],
    [
      'os_fingerprint',
      (one) => {
        for (const tcpFlags of [0, 0x2b, 0x29])
          one.fact({ type: 'tcp_flags', from: '192.0.2.66', to: victim, tcpFlags });
      },
    ],
  ])('are %s', (kind, fill) => {
    const scenario = run(fill);
    expect(scenario.find(kind)).toBeDefined();
    expect(new Set(scenario.alerts.map((alert) => alert.kind)).size).toBe(1);
  });

  it('are none where fragments are equal copies, or complete', () => {
    const scenario = run((one) =>
      times(300, (i) => {
        for (const start of [0, 1480, 1480, 2960]) {
          one.fact({
            type: 'fragment',
            from: '192.0.2.66',
            to: victim,
            protocol: 17,
            ipIdentification: i,
            fragmentOffset: start,
            packetPayloadLength: 1480,
            moreFragments: start < 2960,
          });
        }
      }),
    );
    expect(scenario.kinds).toEqual([]);
  });
});

describe('honest load is no flood', () => {
  it.each<[string, (one: DetectionScenario) => void]>([
    [
      'a crowd of clients',
      (one) =>
        times(1000, (i) =>
          one.flow({
            from: spoofed(i),
            to: victim,
            sourcePort: 1024 + i,
            port: 443,
            sent: ['S', 'A', 'PA'],
            answered: ['SA', 'PA'],
          }),
        ),
    ],
    [
      'a stream of large datagrams',
      (one) =>
        one.flow({
          from: '192.0.2.66',
          to: victim,
          protocol: 17,
          port: 5201,
          sent: Array(21_000).fill(''),
          bytes: 1400,
        }),
    ],
    [
      'a busy resolver',
      (one) =>
        times(2000, (i) =>
          one.flow({
            from: spoofed(i),
            to: victim,
            protocol: 17,
            sourcePort: 1024 + i,
            port: 53,
            sent: [''],
            answered: [''],
          }),
        ),
    ],
    [
      '150 quick requests',
      (one) =>
        times(150, (i) =>
          one.flow({
            from: '192.0.2.66',
            to: victim,
            sourcePort: 1024 + i,
            port: 80,
            sent: ['S', 'A', 'PA', 'FA'],
            answered: ['SA', 'PA', 'FA'],
          }),
        ),
    ],
    [
      'a fast port scan',
      (one) =>
        times(3000, (i) =>
          one.flow({ from: '192.0.2.66', to: victim, port: 1 + i, sent: ['S'], answered: ['RA'] }),
        ),
    ],
  ])('%s', (_name, fill) => {
    expect(run(fill).kinds.filter((kind) => kind.includes('flood'))).toEqual([]);
  });
});
