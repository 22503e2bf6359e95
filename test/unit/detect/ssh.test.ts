// SSH's log-ins, read from the lengths of encrypted answers: tries are found, keys and scripts that get in are not.
import { describe, expect, it } from 'vitest';
import { builtInRules } from '../../../src/core/detect/rules/index.js';
import { payloadClass } from '../../../src/core/wire/layout.generated.js';
import { bytesOf, DetectionScenario } from '../../support/detection-scenario.js';

const client = '192.0.2.7';
const server = '192.0.2.22';
/** As OpenSSH 9.2 sends them with chacha20-poly1305. */
const ACCEPT = 44;
const REFUSAL = 76;
const SUCCESS = 28;
const ECHO = 36;
const HEADERS = 66;
const newKeys = Uint8Array.from([0, 0, 0, 12, 10, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

const keyExchange = Uint8Array.from([0, 0, 0, 44, 6, 30, ...Array<number>(42).fill(7)]);

class Dialogue {
  readonly #sequences: [client: number, server: number] = [1000, 4_294_967_200];
  #frames = 0;

  constructor(
    readonly scenario: DetectionScenario,
    readonly port: number,
    readonly from = client,
    readonly serverPort = 22,
  ) {
    this.#say(false, bytesOf('SSH-2.0-libssh_0.9.6\r\n'));
    this.#say(true, bytesOf('SSH-2.0-OpenSSH_9.2p1\r\n'));
    this.#say(false, keyExchange);
    this.#say(false, newKeys);
    this.#say(false, new Uint8Array(44));
    this.answer(ACCEPT);
  }

  /** The client's next message, and how long the answer is. */
  answer(...lengths: number[]): this {
    for (const length of lengths) {
      this.#say(false, new Uint8Array(60));
      this.#say(true, new Uint8Array(length));
    }
    return this;
  }

  /** Its flow begins in this tick. */
  open(): void {
    this.scenario.flow({
      from: this.from,
      to: server,
      sourcePort: this.port,
      port: this.serverPort,
      sent: ['S', 'A'],
      answered: ['SA'],
      bytes: HEADERS,
    });
  }

  /** Ends after so much more that nobody was told. */
  close(untold: readonly number[] = []): void {
    const said = this.#sequences[1] - 4_294_967_200 + untold.reduce((sum, one) => sum + one, 0);
    const answered = ['SA', ...Array<string>(this.#frames + untold.length).fill('PA'), 'FA'];
    this.scenario.flow({
      from: this.from,
      to: server,
      sourcePort: this.port,
      port: this.serverPort,
      sent: ['S', 'A', 'PA', 'FA'],
      answered,
      bytes: HEADERS + said / answered.length,
    });
  }

  #say(fromServer: boolean, payload: Uint8Array): void {
    const side = fromServer ? 1 : 0;
    const tcpSequence = this.#sequences[side] >>> 0;
    this.#sequences[side] += payload.length;
    if (fromServer) this.#frames += 1;
    this.scenario.kernelEvent({
      from: fromServer ? server : this.from,
      to: fromServer ? this.from : server,
      sourcePort: fromServer ? this.serverPort : this.port,
      destinationPort: fromServer ? this.port : this.serverPort,
      reason: payloadClass.firstBytes,
      payload,
      tcpSequence,
      frameLength: HEADERS + payload.length,
    });
  }
}

const times = (count: number, length: number): number[] => Array<number>(count).fill(length);

describe('log-ins over SSH', () => {
  it('refused six times a session, as hydra and medusa do, are brute force within two ticks', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 2; i += 1) new Dialogue(scenario, 5000 + i).answer(...times(7, REFUSAL));
    scenario.tick();
    scenario.tick();
    expect(scenario.find('brute_force')).toMatchObject({
      severity: 'medium',
      source: { address: client },
      destination: { address: server, port: 22 },
      count: 12,
      evidence: { service: 'SSH', refusals: 12 },
    });
    expect(scenario.kinds).toEqual(['brute_force medium']);
  });

  it('one to a session, the first answer already a refusal, are brute force', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 10; i += 1) new Dialogue(scenario, 5000 + i).answer(REFUSAL);
    scenario.tick();
    scenario.tick();
    expect(scenario.kinds).toEqual(['brute_force medium']);
  });

  it('one a minute are found after half an hour, as slow ones', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 62; i += 1) {
      new Dialogue(scenario, 5000 + i).answer(REFUSAL, REFUSAL);
      scenario.tick(28);
    }
    scenario.tick();
    expect(scenario.find('brute_force')).toMatchObject({ evidence: { slow: true } });
  });

  it('that succeed are none: a script twenty times, and an agent with five keys', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 20; i += 1)
      new Dialogue(scenario, 5000 + i).answer(REFUSAL, 100, SUCCESS, 264, 112, 36, 36, 36);
    for (let i = 0; i < 20; i += 1)
      new Dialogue(scenario, 6000 + i).answer(...times(6, REFUSAL), SUCCESS, 36, 36);
    scenario.tick();
    scenario.tick();
    scenario.end();
    expect(scenario.kinds).toEqual([]);
  });

  it('of a user who mistypes twice three times are none', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 2; i += 1) new Dialogue(scenario, 5000 + i).answer(...times(4, REFUSAL));
    scenario.tick();
    scenario.tick();
    expect(scenario.kinds).toEqual([]);
  });

  it('whose success was not told are none: the echo of typing shows that somebody is in', () => {
    const scenario = new DetectionScenario(builtInRules);
    const session = new Dialogue(scenario, 5000).answer(...times(5, REFUSAL));
    for (let i = 0; i < 15; i += 1) {
      session.answer(ECHO);
      scenario.tick();
    }
    new Dialogue(scenario, 5001).answer(...times(6, REFUSAL));
    scenario.tick();
    scenario.tick();
    expect(scenario.kinds).toEqual([]);
  });

  it('late success takes the refusals back', () => {
    const scenario = new DetectionScenario(builtInRules);
    const slow = new Dialogue(scenario, 5000).answer(...times(7, REFUSAL));
    scenario.tick();
    scenario.tick();
    slow.answer(SUCCESS);
    new Dialogue(scenario, 5001).answer(...times(6, REFUSAL));
    scenario.tick();
    scenario.tick();
    expect(scenario.kinds).toEqual([]);
  });

  it('that work after many refusals are the worst', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 2; i += 1) new Dialogue(scenario, 5000 + i).answer(...times(7, REFUSAL));
    scenario.tick();
    new Dialogue(scenario, 5002).answer(REFUSAL, SUCCESS);
    scenario.tick();
    scenario.tick();
    expect(scenario.kinds).toEqual(['brute_force medium', 'login_after_brute_force critical']);
  });

  it('of forty sources with a few tries each are one spray', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 40; i += 1)
      new Dialogue(scenario, 5000, `198.51.100.${i + 1}`).answer(...times(3, REFUSAL));
    scenario.tick();
    scenario.tick();
    expect(scenario.kinds).toEqual(['brute_force medium']);
    expect(scenario.find('brute_force')).toMatchObject({
      source: null,
      evidence: { class: 'spraying' },
    });
  });
});

describe('log-ins over SSH on a port of its own', () => {
  /** Of what follows the acceptance only short answers are told. */
  const session = (scenario: DetectionScenario, i: number, untold: readonly number[]): Dialogue => {
    const dialogue = new Dialogue(scenario, 5000 + i, client, 2200);
    dialogue.close(untold);
    return dialogue;
  };

  it('refused in all sessions are brute force when these end', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 4; i += 1) session(scenario, i, times(4, REFUSAL));
    scenario.tick();
    expect(scenario.find('brute_force')).toMatchObject({
      severity: 'medium',
      source: { address: client },
      destination: { address: server, port: 2200 },
      evidence: { service: 'SSH', refusals: 12 },
    });
  });

  it('are known by who begins the key exchange where the server has the higher port', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 10; i += 1)
      new Dialogue(scenario, 5000 + i, client, 50_022).close(times(2, REFUSAL));
    scenario.tick();
    expect(scenario.find('brute_force')).toMatchObject({
      destination: { address: server, port: 50_022 },
    });
  });

  it('that succeed are none: forty times a minute, short ones and long ones', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 40; i += 1) {
      const dialogue = new Dialogue(scenario, 5000 + i, client, 2200);
      if (i % 2 === 0) dialogue.answer(SUCCESS);
      dialogue.close(i % 2 === 0 ? [100, 52, 36] : [REFUSAL, 1000, 600]);
      scenario.tick(1 + (i % 5) / 3);
    }
    expect(scenario.kinds).toEqual([expect.stringContaining('unusual_port')]);
  });

  it('whose success is seen in every second one only are none', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 40; i += 1) {
      const dialogue = new Dialogue(scenario, 5000 + i, client, 2200);
      if (i % 2 === 0) dialogue.answer(SUCCESS);
      dialogue.close([REFUSAL, SUCCESS, 264, 52]);
      scenario.tick(1 + (i % 7) / 4);
    }
    expect(scenario.kinds).toEqual([expect.stringContaining('unusual_port')]);
  });

  /** Over several ticks, in which later answers may be missed. */
  const slowly = (scenario: DetectionScenario, i: number, said: readonly number[]): void => {
    const dialogue = new Dialogue(scenario, 5000 + i, client, 2200);
    dialogue.open();
    scenario.tick();
    dialogue.close(said);
    scenario.tick();
  };

  it('on a slow machine count once a session, and not for one who has got in before', () => {
    const guesser = new DetectionScenario(builtInRules);
    for (let i = 0; i < 9; i += 1) slowly(guesser, i, times(3, REFUSAL));
    expect(guesser.find('brute_force')).toMatchObject({ evidence: { refusals: 8 } });
    const script = new DetectionScenario(builtInRules);
    new Dialogue(script, 4000, client, 2200).answer(SUCCESS).close();
    for (let i = 0; i < 40; i += 1) slowly(script, i, [REFUSAL, 100, SUCCESS, 52, 36]);
    expect(script.find('brute_force')).toBeUndefined();
  });

  it('that say as much as a log-in does are none, on a slow machine either', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 40; i += 1)
      slowly(scenario, i, [REFUSAL, 172, SUCCESS, 264, 112, 52, 36, 100]);
    expect(scenario.find('brute_force')).toBeUndefined();
  });

  it('that work after many refusals are the worst', () => {
    const scenario = new DetectionScenario(builtInRules);
    for (let i = 0; i < 4; i += 1) session(scenario, i, times(4, REFUSAL));
    scenario.tick();
    new Dialogue(scenario, 6000, client, 2200).answer(REFUSAL, SUCCESS);
    scenario.tick();
    scenario.tick();
    expect(scenario.find('login_after_brute_force')).toMatchObject({ severity: 'critical' });
  });
});
