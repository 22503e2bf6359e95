// Floods: found by number and by what is missing, silent on crowds and streams.
import { describe, expect, it } from 'vitest';
import { builtInRules } from '../../../src/core/detect/rules/index.js';
import { payloadClass } from '../../../src/core/wire/layout.generated.js';
import { DetectionScenario } from '../../support/detection-scenario.js';
import { runScenario, times } from '../../support/run-scenario.js';

const victim = '192.0.2.1';
const spoofed = (i: number): string =>
  `${11 + (i % 80)}.${i % 251}.${(i >> 3) % 251}.${1 + (i % 200)}`;

describe('a flood', () => {
  it('of SYN from forged sources has no source', () => {
    const scenario = runScenario((one) =>
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
    const scenario = runScenario((one) =>
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
    const scenario = runScenario((one) =>
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
    const scenario = runScenario((one) =>
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
    scenario.kernelEvent({
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
    const scenario = runScenario((one) =>
      times(600, (i) =>
        one.kernelEvent({
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
    const scenario = runScenario((one) =>
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
    const scenario = runScenario((one) => {
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
      scenario.kernelEvent({
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

describe('a flood of packets that belong to nothing', () => {
  const attacker = '192.0.2.66';
  const named = (scenario: DetectionScenario): unknown[] =>
    scenario.alerts
      .filter(({ state }) => state === 'new')
      .map(({ kind, source }) => [kind, source?.address ?? null]);

  it.each([
    ['FIN+PSH+URG', 'FPU'],
    ['nothing', ''],
    ['SYN+ACK', 'SA'],
  ])('with %s to one service', (_name, flags) => {
    const scenario = runScenario((one) =>
      times(2000, (i) =>
        one.flow({ from: attacker, to: victim, sourcePort: 10_000 + i, port: 80, sent: [flags] }),
      ),
    );
    expect(named(scenario)).toEqual([['ack_flood', attacker]]);
  });

  it('in one connection whose packets are all reset', () => {
    const scenario = runScenario((one) => {
      for (let second = 0; second < 2; second += 1) {
        const packets = (flags: string) => Array<string>(3000).fill(flags);
        one.flow({
          from: attacker,
          to: victim,
          port: 80,
          sent: packets('A'),
          answered: packets('R'),
        });
        one.tick();
      }
    });
    expect(named(scenario)).toEqual([['ack_flood', attacker]]);
  });

  it('through one socket to a port that is refused', () => {
    const scenario = runScenario((one) => {
      one.kernelEvent({
        type: 'icmp_error',
        from: victim,
        to: attacker,
        protocol: 1,
        reason: (3 << 8) | 3,
        payload: quotedDatagram(attacker, victim, 40_000, 5000),
      });
      const sent = Array<string>(2000).fill('');
      one.flow({ from: attacker, to: victim, protocol: 17, port: 5000, sent, bytes: 1400 });
    });
    expect(named(scenario)).toEqual([['udp_flood', attacker]]);
  });

  it('of errors, where the victim has sent nothing', () => {
    const sent = Array<string>(2000).fill('');
    const flood = runScenario((one) =>
      one.flow({ from: attacker, to: victim, protocol: 1, icmpType: 3, sent }),
    );
    expect(named(flood)).toEqual([['icmp_flood', attacker]]);
    const answers = runScenario((one) => {
      one.flow({ from: attacker, to: victim, protocol: 1, icmpType: 3, sent });
      times(2500, (i) =>
        one.flow({
          from: victim,
          to: '198.51.100.1',
          protocol: 17,
          sourcePort: i,
          port: 443,
          sent: [''],
          answered: [''],
        }),
      );
    });
    expect(answers.kinds).toEqual([]);
  });
});

describe('many connections of one source', () => {
  const connect = (one: DetectionScenario, count: number, bytes: (i: number) => number): void =>
    times(count, (i) => {
      const ends = { from: '192.0.2.66', to: victim, sourcePort: 1024 + i, port: 80 };
      one.flow({
        ...ends,
        sent: ['S', 'A', 'PA', 'FA'],
        answered: ['SA', 'PA', 'FA'],
        bytes: bytes(i),
      });
    });

  it('that all ask the same are a flood', () => {
    expect(runScenario((one) => connect(one, 400, () => 90)).kinds).toEqual(['http_flood medium']);
  });

  it('that ask for this and that come from a proxy', () => {
    expect(runScenario((one) => connect(one, 400, (i) => 90 + (i % 97))).kinds).toEqual([]);
  });

  it('are a flood whatever they ask from a hundred a second', () => {
    expect(runScenario((one) => connect(one, 1200, (i) => 90 + (i % 97))).kinds).toEqual([
      'http_flood medium',
    ]);
  });
});

/** What an ICMP error quotes: the header of the IPv4 packet and the ports. */
function quotedDatagram(from: string, to: string, sourcePort: number, port: number): Uint8Array {
  const header = [0x45, 0, 0, 40, 0, 0, 0, 0, 64, 17, 0, 0];
  const addresses = [from, to].flatMap((address) => address.split('.').map(Number));
  const ports = [sourcePort >> 8, sourcePort & 255, port >> 8, port & 255];
  return Uint8Array.from([3, 3, 0, 0, 0, 0, 0, 0, ...header, ...addresses, ...ports]);
}

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
    expect(runScenario(fill).kinds.filter((kind) => kind.includes('flood'))).toEqual([]);
  });
});
