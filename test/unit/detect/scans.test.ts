// Scans and sweeps: found by what failed, silent on what honest hosts do.
import { describe, expect, it } from 'vitest';
import { builtInRules } from '../../../src/core/detect/rules/index.js';
import { DetectionScenario, type FlowInput } from '../../support/detection-scenario.js';
import { runScenario } from '../../support/run-scenario.js';

const attacker = '192.0.2.7';
const victim = '192.0.2.1';

const run = (fill: (scenario: DetectionScenario) => void): DetectionScenario =>
  runScenario(fill, 2);

const ports = (count: number, flow: Partial<FlowInput>) => (scenario: DetectionScenario) => {
  for (let port = 1; port <= count; port += 1)
    scenario.flow({ from: attacker, to: victim, port, ...flow });
};

describe('a port scan', () => {
  it.each([
    ['port_scan_syn', { sent: ['S'], answered: ['RA'] }],
    ['port_scan_syn', { sent: ['S', 'R'], answered: ['SA'] }],
    ['port_scan_syn', { sent: ['S'] }],
    ['port_scan_fin', { sent: ['F'], answered: ['RA'] }],
    ['port_scan_null', { sent: [''] }],
    ['port_scan_xmas', { sent: ['FPU'] }],
    ['port_scan_ack', { sent: ['A'], answered: ['R'] }],
    ['port_scan_maimon', { sent: ['FA'] }],
    ['port_scan_udp', { protocol: 17, sent: [''] }],
  ] as const)('is %s', (kind, flow) => {
    const scenario = run(ports(40, flow));
    const alerts = scenario.alerts.filter(({ state }) => state === 'new');
    expect(alerts).toMatchObject([
      { kind, source: { address: attacker }, destination: { address: victim } },
    ]);
    expect(scenario.find(kind)).toMatchObject({
      state: 'ended',
      count: 40,
      evidence: { unit: 'ports' },
    });
  });

  it('with bare ACKs to one port of many neighbours is a sweep', () => {
    const scenario = run((one) => {
      for (let host = 1; host <= 40; host += 1)
        one.flow({ from: attacker, to: `198.51.100.${host}`, port: 80, sent: ['A'] });
    });
    expect(scenario.kinds).toEqual(['host_sweep_tcp medium']);
  });

  it('with full connections is port_scan_connect', () => {
    const scenario = run((one) => {
      ports(40, { sent: ['S'], answered: ['RA'] })(one);
      one.flow({ from: attacker, to: victim, port: 80, sent: ['S', 'A', 'RA'], answered: ['SA'] });
    });
    expect(scenario.kinds).toEqual(['port_scan_connect medium']);
  });

  it('is one alert over many seconds, and grows', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let port = 1; port <= 200; port += 1) {
      scenario.flow({ from: attacker, to: victim, port, sent: ['S'], answered: ['RA'] });
      if (port % 4 === 0) scenario.tick();
    }
    scenario.end();
    expect(new Set(scenario.alerts.map(({ id }) => id)).size).toBe(1);
    expect(scenario.alerts.map(({ state }) => state)).toEqual(['new', 'ongoing', 'ended']);
    expect(scenario.find('port_scan_syn')).toMatchObject({ severity: 'high', count: 200 });
  });

  it('whose first open port comes late stays the alert that it was, and tells of it', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let port = 1; port <= 60; port += 1) {
      scenario.flow(
        port === 40
          ? { from: attacker, to: victim, port, sent: ['S', 'A', 'RA'], answered: ['SA'] }
          : { from: attacker, to: victim, port, sent: ['S'], answered: ['RA'] },
      );
      if (port % 20 === 0) scenario.tick();
    }
    scenario.end();
    expect(scenario.kinds).toEqual(['port_scan_syn medium']);
    expect(scenario.find('port_scan_syn')!.evidence['completesHandshakes']).toBe(true);
  });

  it('is found in a VXLAN tunnel, and says so', () => {
    const scenario = run(ports(20, { sent: ['S'], answered: ['RA'], tunnel: { type: 1, id: 42 } }));
    expect(scenario.find('port_scan_syn')!.evidence['inside']).toBe('VXLAN 42');
  });

  it('is found within a day when it is slow', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let port = 1; port <= 40; port += 1) {
      scenario.flow({ from: attacker, to: victim, port, sent: ['S'], answered: ['RA'] });
      scenario.tick(60);
    }
    expect(scenario.find('port_scan_syn')!.evidence['slow']).toBe(true);
  });

  it('of many sources is a distributed scan', () => {
    const scenario = run((one) => {
      for (let i = 0; i < 60; i += 1) {
        one.flow({
          from: `198.51.100.${i % 20}`,
          to: victim,
          port: 1000 + i,
          sent: ['S'],
          answered: ['RA'],
        });
      }
    });
    expect(scenario.kinds).toEqual(['distributed_scan medium']);
  });

  it('of a few NodePorts is a NodePort probe', () => {
    const scenario = run((one) => {
      for (const port of [30_001, 30_500, 31_000, 32_000, 32_767]) {
        one.flow({ from: attacker, to: victim, port, sent: ['S'], answered: ['RA'] });
      }
    });
    expect(scenario.kinds).toEqual(['nodeport_probe medium']);
  });

  it('of IP protocols is ip_protocol_scan', () => {
    const scenario = run((one) => {
      for (let protocol = 60; protocol < 90; protocol += 1) {
        one.flow({ from: attacker, to: victim, protocol, sent: [''] });
      }
    });
    expect(scenario.kinds).toEqual(['ip_protocol_scan medium']);
  });
});

describe('a sweep', () => {
  const hosts = (count: number, flow: Partial<FlowInput>) => (scenario: DetectionScenario) => {
    for (let host = 1; host <= count; host += 1) {
      scenario.flow({ from: attacker, to: `198.51.100.${host}`, ...flow });
    }
  };

  it.each([
    ['host_sweep_tcp', { port: 80, sent: ['S'] }],
    ['host_sweep_tcp', { port: 22, sent: ['S'], answered: ['RA'] }],
    ['host_sweep_udp', { protocol: 17, port: 161, sent: [''] }],
    ['host_sweep_icmp', { protocol: 1, icmpType: 8, sent: [''] }],
    ['arp_scan', { arp: true, sent: [''] }],
  ] as const)('is %s', (kind, flow) => {
    const scenario = run(hosts(60, flow));
    expect(scenario.kinds).toEqual([`${kind} medium`]);
    expect(scenario.find(kind)).toMatchObject({
      source: { address: attacker },
      destination: null,
      evidence: { targets: { count: 60 } },
    });
  });

  it('of peers all over the Internet is none', () => {
    const scenario = run((one) => {
      for (let i = 0; i < 60; i += 1) {
        one.flow({ from: attacker, to: `${20 + i}.${i}.7.9`, port: 6346, sent: ['S'] });
      }
    });
    expect(scenario.kinds).toEqual([]);
  });
});

describe('honest traffic is no scan', () => {
  it.each<[string, (scenario: DetectionScenario) => void]>([
    [
      'a client that retries a dead service',
      (one) => {
        for (let i = 0; i < 200; i += 1) {
          one.flow({
            from: attacker,
            to: victim,
            sourcePort: 1024 + i,
            port: 5432,
            sent: ['S'],
            answered: ['RA'],
          });
        }
      },
    ],
    [
      'a browser',
      (one) => {
        for (let i = 1; i < 100; i += 1) {
          one.flow({
            from: attacker,
            to: `198.51.100.${i}`,
            port: 443,
            sent: ['S', 'A', 'PA'],
            answered: ['SA', 'PA'],
          });
        }
      },
    ],
    ['FTP in passive mode', ports(60, { sent: ['S', 'A', 'FA'], answered: ['SA', 'A'] })],
    [
      'a crawler with some dead hosts',
      (one) => {
        for (let i = 1; i < 250; i += 1) {
          one.flow({
            from: attacker,
            to: `198.51.100.${i}`,
            port: 443,
            sent: ['S', 'A'],
            answered: i % 10 ? ['SA'] : [],
          });
        }
      },
    ],
    [
      'the answers to a scan',
      (one) => {
        for (let port = 1; port < 200; port += 1) {
          one.flow({ from: victim, to: attacker, sourcePort: port, port: 50_000, sent: ['RA'] });
        }
      },
    ],
    [
      'DNS look-ups',
      (one) => {
        for (let i = 0; i < 300; i += 1) {
          one.flow({
            from: attacker,
            to: victim,
            protocol: 17,
            sourcePort: 2000 + i,
            port: 53,
            sent: [''],
            answered: [''],
          });
        }
      },
    ],
    [
      'a server that ends forgotten connections',
      (one) => {
        for (let i = 0; i < 30; i += 1) {
          one.flow({
            from: attacker,
            to: victim,
            sourcePort: 445,
            port: 50_000 + i,
            sent: ['FA'],
            answered: ['R'],
          });
        }
      },
    ],
    [
      'pings to ten hosts that answer',
      (one) => {
        for (let i = 1; i < 10; i += 1) {
          one.flow({
            from: attacker,
            to: `198.51.100.${i}`,
            protocol: 1,
            icmpType: 8,
            sent: [''],
            answered: [''],
          });
        }
      },
    ],
  ])('%s', (_name, fill) => {
    expect(run(fill).kinds.filter((kind) => !/ (?:info|low)$/.test(kind))).toEqual([]);
  });
});
