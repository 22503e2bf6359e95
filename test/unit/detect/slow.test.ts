// Connections held open: requests without end and answers that are hardly read are found, whoever just waits is not; and SCTP scans.
import { describe, expect, it } from 'vitest';
import { builtInRules } from '../../../src/core/detect/rules/index.js';
import { payloadClass } from '../../../src/core/wire/layout.generated.js';
import { bytesOf, DetectionScenario } from '../../support/detection-scenario.js';
import { times } from '../../support/run-scenario.js';

const client = '192.0.2.7';
const server = '192.0.2.80';
const HEADERS = 66;
const COUNT = 60;

interface Held {
  readonly port: number;
  readonly asks?: string;
  readonly answers?: string;
  /** Frames with so many bytes of payload on average, at first and in each later second. */
  readonly first: { readonly sent: number; readonly said: number };
  readonly later?: { readonly sent?: number; readonly said?: number };
  readonly seconds?: number;
}

function say(one: DetectionScenario, i: number, port: number, text: string, back: boolean): void {
  one.kernelEvent({
    from: back ? server : client,
    to: back ? client : server,
    sourcePort: back ? port : 40_000 + i,
    destinationPort: back ? 40_000 + i : port,
    reason: payloadClass.firstBytes,
    payload: bytesOf(text),
    frameLength: HEADERS + text.length,
  });
}

function hold({ port, asks, answers, first, later = {}, seconds = 12 }: Held): string[] {
  const one = new DetectionScenario(builtInRules);
  const add = (i: number, sent: string[], answered: string[], bytes: number): void => {
    one.flow({ from: client, to: server, sourcePort: 40_000 + i, port, sent, answered, bytes });
  };
  times(COUNT, (i) => {
    say(one, i, port, asks ?? '\x16\x03\x01', false);
    if (answers) say(one, i, port, answers, true);
    add(i, ['S', 'A'], ['SA'], HEADERS);
    if (first.sent > 0) add(i, ['PA'], [], HEADERS + first.sent);
    add(i, [], [first.said > 0 ? 'PA' : 'A'], HEADERS + first.said);
  });
  one.tick();
  times(seconds, () => {
    times(COUNT, (i) => {
      if (later.sent) {
        add(i, ['PA'], [], HEADERS + later.sent);
        add(i, [], ['A'], HEADERS);
      }
      if (later.said) add(i, ['A'], ['PA'], HEADERS + later.said);
    });
    one.tick();
  });
  return one.kinds;
}

const request = 'GET / HTTP/1.1\r\nHost: h\r\n';
const large = 'HTTP/1.1 200 OK\r\nContent-Length: 500000\r\n\r\n';

describe('sixty connections held open by one source', () => {
  it('with headers that never end are slow_http', () => {
    const kinds = hold({
      port: 80,
      asks: request,
      first: { sent: 30, said: 0 },
      later: { sent: 12 },
    });
    expect(kinds).toEqual(['slow_http medium']);
  });

  it('with a form whose body never comes are slow_http', () => {
    const asks = 'POST / HTTP/1.1\r\nContent-Length: 4096\r\n\r\na=';
    expect(hold({ port: 80, asks, first: { sent: 60, said: 25 } })).toEqual(['slow_http medium']);
  });

  it('with answers that are hardly read are slow_http, a slow line is none', () => {
    const asks = `${request}\r\n`;
    const read = { port: 80, asks, answers: large, first: { sent: 32, said: 600 } };
    expect(hold({ ...read, later: { said: 20 } })).toEqual(['slow_http medium']);
    expect(hold({ ...read, later: { said: 2000 } })).toEqual([]);
  });

  it('encrypted, fed with a few bytes that nobody answers, are slow_http', () => {
    const fed = { port: 443, first: { sent: 600, said: 3000 } };
    expect(hold({ ...fed, later: { sent: 40 } })).toEqual(['slow_http medium']);
    expect(hold({ ...fed, later: { sent: 40, said: 60 } })).toEqual([]);
    expect(hold({ ...fed, later: { sent: 900 } })).toEqual([]);
    expect(hold(fed)).toEqual([]);
  });

  it('that have asked and wait for their answer are none, nor are web sockets', () => {
    const asks = `${request}\r\n`;
    expect(hold({ port: 8080, asks, first: { sent: 32, said: 0 } })).toEqual([]);
    const answers = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n';
    const socket = { port: 8080, asks, answers, first: { sent: 32, said: 60 } };
    expect(hold({ ...socket, later: { sent: 6, said: 6 } })).toEqual([]);
  });

  it('to a store or a broker, where little is said but answered, are none', () => {
    const pool = { port: 6379, asks: 'PING\r\n', first: { sent: 6, said: 7 } };
    expect(hold({ ...pool, answers: '+PONG\r\n', later: { sent: 6, said: 7 } })).toEqual([]);
    const broker = { port: 1883, asks: '\x10\x0c', first: { sent: 14, said: 4 } };
    expect(hold({ ...broker, answers: '\x20\x02\0\0' })).toEqual([]);
  });

  it('to another service that never said more than its greeting are slow_connections', () => {
    expect(hold({ port: 25, asks: 'x', first: { sent: 1, said: 40 } })).toEqual([
      'slow_connections medium',
    ]);
  });
});

describe('SCTP', () => {
  const chunk = (one: DetectionScenario, to: string, port: number, answered: number): void => {
    one.flow({
      from: client,
      to,
      protocol: 132,
      sourcePort: 40_000 + port,
      port,
      sent: Array<string>(answered > 1 ? 4 : 1).fill(''),
      answered: Array<string>(answered).fill(''),
    });
  };
  const scan = (fill: (one: DetectionScenario) => void): DetectionScenario => {
    const one = new DetectionScenario(builtInRules);
    fill(one);
    one.tick();
    one.tick();
    return one;
  };

  it('ports tried one after the other are a scan, one port of many hosts a sweep', () => {
    const ports = scan((one) => times(20, (i) => chunk(one, server, 1000 + i, i % 2)));
    expect(ports.kinds).toEqual(['port_scan_syn medium']);
    expect(ports.find('port_scan_syn')).toMatchObject({
      protocol: 'SCTP',
      source: { address: client },
      destination: { address: server },
      count: 20,
    });
    const hosts = scan((one) => times(30, (i) => chunk(one, `192.0.2.${100 + i}`, 2905, 0)));
    expect(hosts.kinds).toEqual(['host_sweep_tcp medium']);
  });

  it('associations that stand are none', () => {
    const one = scan((two) => times(40, (i) => chunk(two, server, 1000 + i, 3)));
    expect(one.kinds).toEqual([]);
  });
});
