// What public captures taught: attacks that had been missed and honest traffic that had been taken for one, crafted anew.
import { describe, expect, it } from 'vitest';
import { builtInRules } from '../../../src/core/detect/rules/index.js';
import { malformedReason, payloadClass } from '../../../src/core/wire/layout.generated.js';
import { bytesOf, DetectionScenario } from '../../support/detection-scenario.js';
import { type DnsQuestion, dnsMessage, isResponse } from '../../support/dns-message-builder.js';

const client = '192.0.2.7';
const server = '192.0.2.53';

function dns(scenario: DetectionScenario, message: DnsQuestion): void {
  const fromServer = isResponse(message);
  scenario.kernelEvent({
    from: fromServer ? server : client,
    to: fromServer ? client : server,
    protocol: 17,
    sourcePort: fromServer ? 53 : 5000,
    destinationPort: fromServer ? 5000 : 53,
    reason: payloadClass.dns,
    payload: dnsMessage(message),
  });
}

function say(
  scenario: DetectionScenario,
  text: string,
  port: number,
  { fromServer = false, protocol = 6 } = {},
): void {
  scenario.kernelEvent({
    from: fromServer ? server : client,
    to: fromServer ? client : server,
    protocol,
    sourcePort: fromServer ? port : 5000,
    destinationPort: fromServer ? 5000 : port,
    reason: payloadClass.firstBytes,
    payload: bytesOf(text),
  });
}

const TXT = 16;

describe('DNS that brings data in', () => {
  const look = (prefix: string, names: number, answerBytes: number): DetectionScenario => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < names; i += 1) {
      const name = `${prefix}${i}.ns.evil.example`;
      dns(scenario, { name, type: TXT });
      dns(scenario, { name, type: TXT, answerBytes });
    }
    scenario.tick();
    return scenario;
  };

  it('by large TXT answers to short names is a tunnel', () => {
    const scenario = look('l', 17, 254);
    expect(scenario.kinds).toEqual(['dns_tunnel medium']);
    expect(scenario.find('dns_tunnel')).toMatchObject({
      source: { address: client },
      evidence: { domain: 'evil.example', largeAnswers: 17 },
      threshold: { largeAnswers: 12 },
    });
  });

  it('is none with short answers, with few names, or in the names that mail looks up', () => {
    expect(look('l', 17, 60).kinds).toEqual([]);
    expect(look('l', 11, 254).kinds).toEqual([]);
    expect(look('s._domainkey.tenant', 40, 400).kinds).toEqual([]);
  });

  it('under no domain at all is one tunnel', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 60; i += 1)
      dns(scenario, { name: `dnscat.${`${i}`.padStart(60, 'a1')}.${i}f0`, type: 15 });
    scenario.tick();
    expect(scenario.kinds).toEqual(['dns_tunnel high']);
    expect(scenario.find('dns_tunnel')).toMatchObject({ evidence: { domain: '(no domain)' } });
  });
});

describe('Kerberos', () => {
  const request = (user: string): string =>
    `\x6a\x81\xa0\x30\xa1\x1a\x30\x18\xa0\x03\x02\x01\x01\xa1\x11\x30\x0f\x1b${String.fromCharCode(user.length)}${user}\xa2\x06\x1b\x04LAB.`;
  const refusal = (code: number): string =>
    `\x7e\x66\x30\x64\xa6\x03\x02\x01${String.fromCharCode(code)}`;
  const ask = (users: readonly string[], refused: number): DetectionScenario => {
    const scenario = new DetectionScenario(builtInRules);
    for (const [i, user] of users.entries()) {
      say(scenario, request(user), 88, { protocol: 17 });
      const code = i < refused ? 6 : 25;
      say(scenario, refusal(code), 88, { protocol: 17, fromServer: true });
    }
    scenario.tick();
    return scenario;
  };
  const users = Array.from({ length: 9 }, (_, i) => `user${i}`);

  it('asked for many users, most of them unknown, is brute force', () => {
    const scenario = ask(users, 6);
    expect(scenario.kinds).toEqual(['brute_force medium']);
    expect(scenario.find('brute_force')).toMatchObject({
      source: { address: client },
      destination: { address: server, port: 88 },
      protocol: 'UDP',
      evidence: { service: 'Kerberos', users: 9, refusals: 6 },
    });
  });

  it('asked for many users that exist, or for one that mistypes, is not', () => {
    expect(ask(users, 2).kinds).toEqual([]);
    expect(ask(Array<string>(7).fill('alice'), 7).kinds).toEqual([]);
  });
});

describe("a browser's log-in", () => {
  it('is found behind 700 bytes of headers', () => {
    const scenario = new DetectionScenario(builtInRules);
    const cookie = `Cookie: ${'c'.repeat(600)}`;
    const form = 'username=alice&password=secret&Login=Login';
    say(scenario, `POST /login.php HTTP/1.1\r\n${cookie}\r\n\r\n${form}`, 80);
    scenario.tick();
    expect(scenario.find('cleartext_credentials')).toMatchObject({
      evidence: { service: 'HTTP form', user: 'alice' },
    });
  });
});

describe('SSH', () => {
  it('that is typed into, its success missed, is no log-in refused again and again', () => {
    const scenario = new DetectionScenario(builtInRules);
    say(scenario, 'SSH-2.0-OpenSSH_5.5p1\r\n', 22, { fromServer: true });
    say(scenario, '\0\0\0\x0c\x0a\x15\0\0\0\0\0\0\0\0\0\0', 22);
    say(scenario, 'accepted'.repeat(6), 22, { fromServer: true });
    for (let key = 0; key < 15; key += 1) {
      say(scenario, 'k'.repeat(36), 22);
      say(scenario, 'k'.repeat(36), 22, { fromServer: true });
      scenario.tick();
    }
    scenario.tick();
    expect(scenario.kinds).toEqual([]);
  });
});

describe('mail log-ins', () => {
  const found = (port: number, ...lines: string[]): unknown => {
    const scenario = new DetectionScenario(builtInRules);
    for (const line of lines) say(scenario, line, port);
    scenario.tick();
    return scenario.find('cleartext_credentials')?.evidence;
  };

  it.each([
    ['SMTP', 25, ['AUTH LOGIN\r\n', btoa('alice@example.org'), `${btoa('secret')}\r\n`]],
    ['SMTP', 587, ['AUTH PLAIN\r\n', `${btoa('\0alice@example.org\0secret')}\r\n`]],
    ['POP3', 110, ['AUTH PLAIN\r\n', `${btoa('\0alice@example.org\0secret')}\r\n`]],
    ['IMAP', 143, ['a1 AUTHENTICATE PLAIN\r\n', `${btoa('\0alice@example.org\0secret')}\r\n`]],
  ])('of %s on port %i name the user', (service, port, lines) => {
    expect(found(port, ...lines)).toMatchObject({ service, user: 'alice@example.org' });
  });

  it('that begin TLS or NTLM, or are given up, are none, and Redis is known by its port', () => {
    expect(found(21, 'AUTH TLS\r\n')).toBeUndefined();
    expect(found(25, 'AUTH NTLM\r\n')).toBeUndefined();
    expect(found(25, 'AUTH LOGIN\r\n', 'RSET\r\n', 'QUIT\r\n')).toBeUndefined();
    expect(found(6379, 'AUTH secret\r\n')).toMatchObject({ service: 'Redis' });
  });
});

describe('a host that asks by ARP for an address', () => {
  const arp = (one: DetectionScenario, reason: 1 | 2, from: string, to: string): void => {
    const mac = Uint8Array.from([2, 0, 0, 0, 0, 9]);
    const payload = new Uint8Array(28);
    payload.set(mac, 8);
    one.kernelEvent({
      type: 'arp',
      from,
      to,
      reason,
      family: 1,
      protocol: 0,
      sourceMac: mac,
      payload,
    });
  };
  const gateway = '192.0.2.1';

  it('which it has just called its own is a spoofer', () => {
    const scenario = new DetectionScenario(builtInRules);
    arp(scenario, 2, gateway, client);
    arp(scenario, 1, '192.0.2.9', gateway);
    scenario.tick();
    expect(scenario.find('arp_spoof')).toMatchObject({
      source: { mac: '02:00:00:00:00:09' },
      destination: { address: gateway },
    });
  });

  it('before it takes it, or after a fail-over, is none', () => {
    const scenario = new DetectionScenario(builtInRules);
    arp(scenario, 2, gateway, gateway);
    arp(scenario, 1, '0.0.0.0', gateway);
    arp(scenario, 1, gateway, gateway);
    arp(scenario, 1, '192.0.2.9', gateway);
    scenario.tick();
    expect(scenario.kinds).toEqual([]);
  });
});

describe('router advertisements with lifetime 0', () => {
  it('are counted from the first one on, also those before the threshold', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 6; i += 1) {
      scenario.kernelEvent({
        type: 'neighbour',
        from: 'fe80::1',
        to: 'ff02::1',
        protocol: 58,
        reason: 134,
        payload: Uint8Array.from([134, 0, 0, 0, 64, 0, 0, 0]),
      });
      scenario.tick();
    }
    scenario.end();
    expect(scenario.find('ra_attack')).toMatchObject({ count: 6 });
  });
});

describe('one NULL and one XMAS packet', () => {
  const probe = (other: string, seconds: number): string[] => {
    const scenario = new DetectionScenario(builtInRules);
    scenario.flow({ from: client, to: server, port: 3391, sent: [''], answered: ['RA'] });
    scenario.tick(seconds);
    scenario.flow({ from: other, to: server, port: 3392, sent: ['FPU'], answered: ['RA'] });
    scenario.tick();
    return scenario.kinds;
  };

  it('of one source are tries, of two they are nothing, nor in an OS detection', () => {
    expect(probe(client, 5)).toEqual(['port_scan_xmas low']);
    expect(probe('192.0.2.8', 5)).toEqual([]);
    expect(probe(client, 1)).toEqual([]);
  });
});

describe('broken packets', () => {
  it.each([
    [malformedReason.ipv6Version, 'IPv6 version'],
    [malformedReason.ipv4TotalLength, 'IPv4 total length'],
    [malformedReason.icmpv6Truncated, 'ICMPv6 truncated'],
    [malformedReason.tcpDataOffset, 'TCP data offset'],
    [malformedReason.pppoeTruncated, 'PPPoE truncated'],
  ])('of reason %i are told in words', (reason, words) => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 6; i += 1)
      scenario.kernelEvent({ type: 'malformed', from: client, to: server, reason });
    scenario.tick();
    expect(scenario.find('malformed')?.message).toContain(`6 malformed packets (${words})`);
  });
});

describe('a flood of pings', () => {
  it('is found where the pair of hosts began with the advertisement of its target', () => {
    const scenario = new DetectionScenario(builtInRules);
    const pair = { from: '2001:db8::1', to: '2001:db8::2', protocol: 58, icmpType: 136 };
    scenario.flow({ ...pair, sent: [''] });
    scenario.tick();
    scenario.flow({ ...pair, answered: Array<string>(2000).fill('') });
    const echo = Uint8Array.from([128, 0, 0, 0]);
    scenario.kernelEvent({
      ...pair,
      from: pair.to,
      to: pair.from,
      reason: payloadClass.icmpEcho,
      payload: echo,
    });
    scenario.tick();
    expect(scenario.find('icmp_flood')).toMatchObject({
      source: { address: pair.to },
      destination: { address: pair.from },
    });
  });
});

describe('connections', () => {
  it('of a server that is never seen, or long forgotten ones, are not held open', () => {
    for (const [answered, everySeconds] of [
      [[], 1],
      [['SA'], 30],
    ] as const) {
      const scenario = new DetectionScenario(builtInRules);
      for (let i = 0; i < 80; i += 1) {
        const sent = ['S', 'A', 'PA'];
        scenario.flow({
          from: client,
          to: server,
          sourcePort: 4000 + i,
          port: 5222,
          sent,
          answered,
        });
        scenario.tick(everySeconds);
      }
      expect(scenario.find('slow_connections')).toBeUndefined();
    }
  });
});

describe('calls', () => {
  const call = (perBeat: number): string[] => {
    const scenario = new DetectionScenario(builtInRules);
    for (let beat = 0; beat < 40; beat += 1) {
      for (let i = 0; i < perBeat; i += 1) {
        const sourcePort = 4000 + beat * perBeat + i;
        const sent = ['S', 'A', 'PA', 'FA'];
        const to = '203.0.113.9';
        scenario.flow({
          from: '10.0.0.7',
          to,
          sourcePort,
          port: 443,
          sent,
          answered: ['SA', 'FA'],
        });
      }
      scenario.tick(4);
    }
    return scenario.kinds;
  };

  it('like a clock are a beacon, batches of them are not', () => {
    expect(call(1)).toEqual(['beaconing medium']);
    expect(call(4)).toEqual([]);
  });
});
