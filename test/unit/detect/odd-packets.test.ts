// Attacks by answers, and by packets that nobody makes in honesty: found by what is odd about them.
import { describe, expect, it } from 'vitest';
import type { DetectionScenario } from '../../support/detection-scenario.js';
import { runScenario, times } from '../../support/run-scenario.js';

const victim = '192.0.2.1';
describe('attacks by answers', () => {
  it('are amplification where the victim never asked', () => {
    const scenario = runScenario((one) =>
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
    const scenario = runScenario((one) =>
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
    const scenario = runScenario((one) =>
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
    const scenario = runScenario((one) =>
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
    const scenario = runScenario((one) =>
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
    one.kernelEvent({
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
          one.kernelEvent({
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
          one.kernelEvent({ type: 'tcp_flags', from: '192.0.2.66', to: victim, tcpFlags: 0x03 }),
        ),
    ],
    [
      'ipv6_ext_abuse',
      (one) =>
        times(3, () =>
          one.kernelEvent({
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
          one.kernelEvent({ type: 'tcp_flags', from: '192.0.2.66', to: victim, tcpFlags });
      },
    ],
  ])('are %s', (kind, fill) => {
    const scenario = runScenario(fill);
    expect(scenario.find(kind)).toBeDefined();
    expect(new Set(scenario.alerts.map((alert) => alert.kind)).size).toBe(1);
  });

  it('are none where fragments are equal copies, or complete', () => {
    const scenario = runScenario((one) =>
      times(300, (i) => {
        for (const start of [0, 1480, 1480, 2960]) {
          one.kernelEvent({
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
