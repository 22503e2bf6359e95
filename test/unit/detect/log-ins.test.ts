// Log-ins that are counted by their outside: what checks a service in short sessions is none, what guesses in them is one alert.
import { describe, expect, it } from 'vitest';
import { payloadClass } from '../../../src/core/wire/layout.generated.js';
import { bytesOf, type DetectionScenario } from '../../support/detection-scenario.js';
import { runScenario, times } from '../../support/run-scenario.js';

const client = '10.20.0.7';
const server = '10.20.0.22';

/** A session of so many packets with data each way, begun and ended within its tick. */
function session(one: DetectionScenario, sourcePort: number, port: number, packets: number): void {
  one.flow({
    from: client,
    to: server,
    sourcePort,
    port,
    sent: ['S', 'A', ...Array<string>(packets).fill('PA'), 'FA'],
    answered: ['SA', ...Array<string>(packets).fill('PA'), 'FA'],
  });
}

function says(one: DetectionScenario, sourcePort: number, port: number, payload: Uint8Array): void {
  one.kernelEvent({
    from: client,
    to: server,
    sourcePort,
    destinationPort: port,
    reason: payloadClass.firstBytes,
    payload,
  });
}

const rdpRequest = bytesOf('\x03\0\0\x2f\x2a\xe0\0\0\0\0\0Cookie: mstshash=administrator\r\n');

describe('short sessions with RDP', () => {
  it('that name a user are brute force, on any port', () => {
    for (const port of [3389, 33_890]) {
      const one = runScenario((scenario) =>
        times(15, (i) => {
          session(scenario, 5000 + i, port, 4);
          says(scenario, 5000 + i, port, rdpRequest);
        }),
      );
      expect(one.kinds).toEqual(['brute_force medium']);
      expect(one.find('brute_force')).toMatchObject({
        destination: { address: server, port },
        evidence: { service: 'RDP' },
      });
    }
  });

  it('that only ask whether it is there are none: every two seconds for ten minutes', () => {
    const one = runScenario((scenario) =>
      times(300, (i) => {
        session(scenario, 5000 + i, 3389, 3);
        scenario.tick(2);
      }),
    );
    expect(one.kinds.filter((kind) => kind.startsWith('brute_force'))).toEqual([]);
  });

  it('as fast as ncrack opens them are one alert, no flood of connections beside it', () => {
    const one = runScenario((scenario) =>
      times(3, (second) => {
        times(200, (i) => {
          session(scenario, 5000 + second * 200 + i, 3389, 4);
          says(scenario, 5000 + second * 200 + i, 3389, rdpRequest);
        });
        scenario.tick();
      }),
    );
    expect(one.kinds).toEqual(['brute_force high']);
  });
});

describe('short sessions with other services', () => {
  it.each([23, 5900])('port %d, once a minute as monitors do, are low at most', (port) => {
    const one = runScenario((scenario) =>
      times(120, (i) => {
        session(scenario, 5000 + i, port, 8);
        scenario.tick(60);
      }),
    );
    expect(one.kinds.filter((kind) => !/ (?:low|info)$/.test(kind))).toEqual([]);
  });

  it.each([23, 5900])('port %d, twelve in a minute, are brute force', (port) => {
    const one = runScenario((scenario) => times(12, (i) => session(scenario, 5000 + i, port, 8)));
    expect(one.kinds).toEqual(['brute_force medium']);
  });
});

describe('FTP typed by hand, on a port of its own', () => {
  const dialogue = (user: string, ...more: string[]): DetectionScenario =>
    runScenario((scenario) => {
      const say = (text: string): void =>
        scenario.kernelEvent({
          from: /^\d/.test(text) ? server : client,
          to: /^\d/.test(text) ? client : server,
          sourcePort: /^\d/.test(text) ? 51_211 : 40_000,
          destinationPort: /^\d/.test(text) ? 40_000 : 51_211,
          reason: payloadClass.firstBytes,
          payload: bytesOf(text),
        });
      say('220 ready.\r\n');
      scenario.tick(5);
      for (const text of [`USER ${user}\r\n`, ...more]) say(text);
    });

  it('is told by the name, whether or not the password was seen', () => {
    expect(dialogue('root').kinds).toEqual(['cleartext_credentials low']);
    const whole = dialogue('root', '331 send password.\r\n', 'PASS toor\r\n');
    expect(whole.kinds).toEqual(['cleartext_credentials low']);
    expect(whole.find('cleartext_credentials')).toMatchObject({
      count: 1,
      evidence: { user: 'root' },
    });
  });

  it('is nothing for anonymous, nor where the server wants encryption first', () => {
    expect(dialogue('anonymous').kinds).toEqual([]);
    expect(dialogue('root', '530 Use TLS first.\r\n').kinds).toEqual([]);
  });
});
