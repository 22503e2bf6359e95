// What is read from payloads: DNS, log-ins, pings, neighbours; and hostile bytes, which must do no harm.
import { describe, expect, it } from 'vitest';
import { builtInRules } from '../../../src/core/detect/rules/index.js';
import { parseDns, registeredDomain } from '../../../src/core/protocols/dns.js';
import { logInOf } from '../../../src/core/protocols/log-in.js';
import { refusalOf } from '../../../src/core/protocols/log-in-refusal.js';
import { tlsServerName } from '../../../src/core/protocols/tls-client-hello.js';
import { payloadClass } from '../../../src/core/wire/layout.generated.js';
import { bytesOf, DetectionScenario } from '../../support/detection-scenario.js';
import { type DnsQuestion, dnsMessage } from '../../support/dns-message-builder.js';
import { times } from '../../support/run-scenario.js';

const client = '192.0.2.7';
const server = '192.0.2.53';

function ask(scenario: DetectionScenario, message: DnsQuestion): void {
  const isResponse = message.answer != null || (message.rcode ?? 0) !== 0;
  scenario.kernelEvent({
    from: isResponse ? server : client,
    to: isResponse ? client : server,
    protocol: 17,
    sourcePort: isResponse ? 53 : 5000,
    destinationPort: isResponse ? 5000 : 53,
    reason: payloadClass.dns,
    payload: dnsMessage(message),
  });
}

/** The same text for the same number, and another one for another. */
function random(i: number): string {
  let state = i + 1;
  return Array.from({ length: 24 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ((state >>> 16) % 36).toString(36);
  }).join('');
}

describe('DNS', () => {
  it('with many long names under one domain is a tunnel', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 80; i += 1)
      ask(scenario, { name: `${random(i)}${random(i + 1)}.t.evil.example`, type: 16 });
    scenario.tick();
    expect(scenario.find('dns_tunnel')).toMatchObject({
      severity: 'high',
      source: { address: client },
      destination: { address: server },
      evidence: { domain: 'evil.example', names: 80 },
    });
  });

  it('with many short names under one domain is none, nor on the allow list', () => {
    for (const [name, settings] of [
      ['www', {}],
      [random(1), { allow: [{ networks: [], ports: [], kinds: [], domains: ['evil.example'] }] }],
    ] as const) {
      const scenario = new DetectionScenario(builtInRules, settings);
      for (let i = 0; i < 80; i += 1) ask(scenario, { name: `${name}${i}.evil.example` });
      scenario.tick();
      expect(scenario.kinds).toEqual([]);
    }
  });

  it('with many random domains that do not exist is dga', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 15; i += 1) ask(scenario, { name: `${random(i * 31)}.com`, rcode: 3 });
    scenario.tick();
    expect(scenario.engine.current()).toMatchObject([
      { kind: 'dga', source: { address: client }, count: 15 },
    ]);
  });

  it('with two answers to one question is spoofed', () => {
    const scenario = new DetectionScenario(builtInRules);
    ask(scenario, { name: 'bank.example', id: 7 });
    ask(scenario, { name: 'bank.example', id: 7, answer: '203.0.113.66' });
    ask(scenario, { name: 'bank.example', id: 7, answer: '192.0.2.80' });
    scenario.tick();
    expect(scenario.kinds).toEqual(['dns_spoof high']);
  });

  it('with a storm of guessed ids is spoofed', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let id = 0; id < 100; id += 1)
      ask(scenario, { name: 'bank.example', id, answer: '203.0.113.66' });
    scenario.tick();
    expect(scenario.kinds).toEqual(['dns_spoof high']);
  });

  it('that was asked twice may be answered twice', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (const answer of ['192.0.2.80', '192.0.2.81']) {
      ask(scenario, { name: 'cdn.example', id: 7 });
      ask(scenario, { name: 'cdn.example', id: 7, answer });
    }
    scenario.tick();
    expect(scenario.kinds).toEqual([]);
  });
});

describe('a hostile DNS message', () => {
  it.each<[string, Uint8Array]>([
    [
      'a pointer to itself',
      Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]),
    ],
    [
      'pointers in a ring',
      Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 14, 0xc0, 12, 0, 1]),
    ],
    ['a label beyond the end', Uint8Array.from([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 63, 65])],
    ['nothing behind its header', new Uint8Array(12).fill(255)],
    ['too few bytes', new Uint8Array(5)],
  ])('with %s is refused', (_name, bytes) => {
    expect(parseDns(bytes)).toBeNull();
  });

  it('with escape codes in its name is made harmless', () => {
    const message = parseDns(dnsMessage({ name: '\u001b[2Jx.evil.example' }))!;
    expect(message.name).toBe('\\027[2jx.evil.example');
  });

  it('never throws, whatever its bytes', () => {
    let seed = 1;
    for (let i = 0; i < 3000; i += 1) {
      const bytes = Uint8Array.from({ length: i % 80 }, () => {
        seed = Math.imul(seed, 1_103_515_245) + 12_345;
        return (seed >>> 16) & 255;
      });
      parseDns(bytes);
      tlsServerName(bytes);
      const text = String.fromCharCode(...bytes);
      logInOf(text, bytes, 389);
      refusalOf(text, bytes, 1433);
    }
  });

  it('knows the registered domain', () => {
    expect(registeredDomain(['a', 'b', 'example', 'co', 'uk'])).toBe('example.co.uk');
    expect(registeredDomain(['a', 'b', 'example', 'com'])).toBe('example.com');
  });
});

describe('log-ins', () => {
  const say = (one: DetectionScenario, text: string, port: number, fromServer = false): void =>
    one.kernelEvent({
      from: fromServer ? server : client,
      to: fromServer ? client : server,
      sourcePort: fromServer ? port : 5000,
      destinationPort: fromServer ? 5000 : port,
      reason: payloadClass.firstBytes,
      payload: bytesOf(text),
    });

  it.each<[string, (one: DetectionScenario) => void]>([
    [
      'HTTP',
      (one) =>
        say(one, `GET / HTTP/1.1\r\nAuthorization: Basic ${btoa('alice:secret')}\r\n\r\n`, 80),
    ],
    ['HTTP form', (one) => say(one, 'POST /login HTTP/1.1\r\n\r\nuser=alice&password=secret', 80)],
    [
      'FTP',
      (one) => {
        say(one, 'USER alice\r\n', 21);
        say(one, 'PASS secret\r\n', 21);
      },
    ],
    [
      'Telnet',
      (one) => {
        say(one, 'Password: ', 23, true);
        say(one, 's', 23);
      },
    ],
    ['IMAP', (one) => say(one, 'a1 LOGIN alice secret\r\n', 143)],
  ])('of %s in the clear are told, without the password', (service, fill) => {
    const scenario = new DetectionScenario(builtInRules);
    fill(scenario);
    scenario.tick();
    expect(scenario.find('cleartext_credentials')).toMatchObject({
      severity: 'low',
      evidence: { service },
    });
    expect(JSON.stringify(scenario.alerts)).not.toContain('secret');
  });

  it('of anonymous FTP are none', () => {
    const scenario = new DetectionScenario(builtInRules);
    say(scenario, 'USER anonymous\r\n', 21);
    say(scenario, 'PASS me@example.org\r\n', 21);
    scenario.tick();
    expect(scenario.kinds).toEqual([]);
  });

  it.each([
    ['FTP', '530 Login incorrect.\r\n', 21],
    ['SMTP', '535 5.7.8 Error\r\n', 25],
    ['Redis', '-WRONGPASS invalid\r\n', 6379],
  ])('refused again and again by %s are brute force', (service, text, port) => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 12; i += 1) say(scenario, text, port, true);
    scenario.tick();
    expect(scenario.find('brute_force')).toMatchObject({
      source: { address: client },
      destination: { address: server, port },
      evidence: { service },
    });
  });

  it('over RDP in short sessions are brute force, and the long one after them has worked', () => {
    const scenario = new DetectionScenario(builtInRules);
    const session = (port: number, packets: number): void => {
      scenario.flow({
        from: client,
        to: server,
        sourcePort: port,
        port: 3389,
        sent: ['S', ...Array<string>(packets).fill('PA'), 'FA'],
        answered: ['SA', ...Array<string>(packets).fill('PA'), 'FA'],
      });
    };
    for (let i = 0; i < 15; i += 1) session(5000 + i, 12);
    scenario.tick();
    expect(scenario.kinds).toEqual(['brute_force medium']);
    session(6000, 400);
    scenario.tick();
    expect(scenario.find('login_after_brute_force')).toMatchObject({ severity: 'critical' });
  });
});

describe('arp-nd-spoofing', () => {
  const gateway = '192.0.2.1';
  const mac = (last: number): Uint8Array => Uint8Array.from([2, 0, 0, 0, 0, last]);
  const arp = (
    one: DetectionScenario,
    reason: 1 | 2,
    from: string,
    to: string,
    sender: number,
    frame = sender,
  ): void => {
    const body = new Uint8Array(28);
    body.set(mac(sender), 8);
    one.kernelEvent({
      type: 'arp',
      from,
      to,
      reason,
      family: 1,
      protocol: 0,
      sourceMac: mac(frame),
      payload: body,
    });
  };

  it('that push answers for an address of another are spoofers, even if they spoke first', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 6; i += 1) {
      arp(scenario, 2, gateway, client, 0x42);
      arp(scenario, 1, client, gateway, 7);
      arp(scenario, 2, gateway, client, 1);
      scenario.tick();
    }
    expect(scenario.kinds).toEqual(['arp_spoof high']);
    expect(scenario.find('arp_spoof')!.source).toEqual({ mac: '02:00:00:00:00:42' });
  });

  it('that answer one host what another asked, again and again, are spoofers', () => {
    const scenario = new DetectionScenario(builtInRules);
    arp(scenario, 1, '192.0.2.66', gateway, 0x42);
    for (let i = 0; i < 6; i += 1) {
      arp(scenario, 2, gateway, client, 0x42);
      scenario.tick();
    }
    expect(scenario.kinds).toEqual(['arp_spoof high']);
  });

  it('that come up and answer all waiting questions at once are none', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 7; i += 1) {
      arp(scenario, 1, client, gateway, 7);
      scenario.tick();
    }
    for (let i = 0; i < 7; i += 1) arp(scenario, 2, gateway, client, 1);
    scenario.tick();
    expect(scenario.kinds).toEqual([]);
  });

  it('that put the true MAC back, as spoofers do in the end, blame nobody else', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 10; i += 1) {
      arp(scenario, 2, gateway, client, i < 6 ? 0x42 : 1, 0x42);
      scenario.tick();
    }
    expect(scenario.kinds).toEqual(['arp_spoof high']);
    expect(scenario.find('arp_spoof')!.source).toEqual({ mac: '02:00:00:00:00:42' });
  });

  it('that take an address over once are fail-over', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 5; i += 1) arp(scenario, 2, gateway, gateway, 1);
    scenario.tick();
    for (let i = 0; i < 5; i += 1) arp(scenario, 2, gateway, gateway, 2);
    scenario.tick();
    expect(scenario.kinds).toEqual([]);
  });
});

describe('calls like a clock', () => {
  const call = (to: string, jitter: number): DetectionScenario => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 40; i += 1) {
      scenario.flow({
        from: '10.0.0.7',
        to,
        sourcePort: 5000 + i,
        port: 443,
        sent: ['S', 'A', 'PA', 'FA'],
        answered: ['SA', 'PA', 'FA'],
        at: 0.5 + jitter * (parseInt(random(i)[5]!, 36) % 10),
      });
      scenario.tick(5);
    }
    return scenario;
  };

  it('to the outside are beaconing, inside they are only noted, with much jitter they are none', () => {
    expect(call('203.0.113.9', 0).kinds).toEqual(['beaconing medium']);
    expect(call('10.0.0.9', 0).kinds).toEqual(['beaconing low']);
    expect(call('203.0.113.9', 0.45).kinds).toEqual([]);
  });

  it('of one host to many places are monitoring', () => {
    const scenario = new DetectionScenario(builtInRules);
    times(14, (round) => {
      times(8, (target) =>
        scenario.flow({
          from: '10.0.0.7',
          to: `203.0.113.${target}`,
          sourcePort: 5000 + round,
          port: 443,
          sent: ['S', 'A', 'PA', 'FA'],
          answered: ['SA', 'PA', 'FA'],
        }),
      );
      scenario.tick(15);
    });
    expect(new Set(scenario.kinds)).toEqual(new Set(['beaconing low']));
  });
});

describe('much sent to one place outside', () => {
  const upload = (scenario: DetectionScenario, to: string, port: number, packets: number): void => {
    scenario.flow({
      from: '10.0.0.7',
      to,
      sourcePort: port,
      port: 443,
      sent: ['S', 'A', ...Array<string>(packets).fill('PA')],
      answered: ['SA', 'A'],
      bytes: 60_000,
    });
    scenario.tick();
  };

  it('is low in the first hour, as a backup is, and serious when the host never did it before', () => {
    const scenario = new DetectionScenario(builtInRules);
    upload(scenario, '203.0.113.9', 5000, 2000);
    expect(scenario.kinds).toEqual(['data_exfiltration low']);
    scenario.tick(3700);
    scenario.tick(3700);
    upload(scenario, '203.0.113.77', 5001, 2000);
    expect(scenario.find('data_exfiltration')).toMatchObject({ severity: 'low' });
    const quiet = new DetectionScenario(builtInRules);
    quiet.tick(1);
    quiet.tick(3700);
    upload(quiet, '203.0.113.9', 5000, 2000);
    expect(quiet.kinds).toEqual(['data_exfiltration medium']);
  });
});
