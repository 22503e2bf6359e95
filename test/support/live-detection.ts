// Runs the program on one side of a pair of namespaces while attacks and harmless loads come from the other.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { recordDetection } from './detection-results.js';
import { lastLines } from './labels.js';
import type { Namespace } from './namespaces.js';
import { type Line, type RunningProgram, startProgram } from './program.js';

/** The evidence, the end of its tick, a whole further tick of silence, and a margin for a loaded machine. */
export const ALERT_LIMIT_MS = 30_000;
const TOOL_LIMIT_MS = 90_000;
/** Loading waits for the verifier, which needs CPU time. */
const START_MS = 60_000;

export interface Attack {
  readonly kind: string;
  readonly command: readonly [string, ...string[]];
  /** Name in the table, if it isn't the command's first word. */
  readonly tool?: string;
  /** Address or MAC; null: forged, so the alert has none. */
  readonly source: string | null;
  /** For tools that don't end by themselves: they are ended after the alert. */
  readonly runsOn?: boolean;
}

/** One run of the program inside a namespace; runs of a file are sequential. */
export class Watch {
  readonly #running = new Set<RunningProgram>();

  constructor(
    private readonly namespace: Namespace,
    private readonly interfaceName = 'veth0',
  ) {}

  async start(...options: string[]): Promise<RunningProgram> {
    const program = startProgram([this.interfaceName, '--json', '--limit', '0', ...options], {
      namespace: this.namespace,
    });
    this.#running.add(program);
    await program.waitFor('start', (line) => line['type'] === 'start', START_MS);
    return program;
  }

  /** Each alert once, in its final state. */
  async stop(program: RunningProgram): Promise<Line[]> {
    program.child.kill('SIGTERM');
    const { status } = await program.exit();
    assert.equal(status, 0, program.stderr);
    this.#running.delete(program);
    return lastLines(program.lines);
  }

  /** Ends all processes, also after a failed test. */
  killAll(): void {
    for (const program of this.#running) program.child.kill('SIGKILL');
    this.#running.clear();
  }

  /** Runs attacks in turn against one run of the program: each must be detected, and no other alert of medium or above raised. */
  async attackAll(
    from: Namespace,
    attacks: readonly Attack[],
    also: readonly string[] = [],
  ): Promise<Line[]> {
    const program = await this.start();
    const delays: number[] = [];
    for (const attack of attacks) delays.push(await attackOnce(program, from, attack));
    const alerts = await this.stop(program);
    const wanted = new Set([...attacks.map(({ kind }) => kind), ...also]);
    const others = alerts.filter((alert) => isSerious(alert) && !wanted.has(alert['kind']));
    for (const [i, { kind, command, tool }] of attacks.entries()) {
      recordDetection({
        kind,
        on: tool ?? toolOf(command),
        by: 'tool',
        found: true,
        delaySeconds: delays[i]!,
        service: serviceOf(alerts.find((alert) => alert['kind'] === kind)),
        falseKinds: others.map((alert) => alert['kind']),
      });
    }
    assert.deepEqual(seriousAlerts(others), [], 'other alerts');
    for (const { kind } of attacks) {
      const ids = alerts.filter((alert) => alert['kind'] === kind).length;
      assert.equal(ids, 1, `${ids} alerts for one ${kind}`);
    }
    return alerts;
  }

  /** Alerts of medium and above that a harmless load raises. */
  async judge(name: string, load: () => unknown): Promise<string[]> {
    const program = await this.start();
    await load();
    return recordHonest(name, await this.stop(program));
  }
}

/** Seconds from the newest packet counted in the alert's first line to that line. */
async function attackOnce(
  program: RunningProgram,
  from: Namespace,
  attack: Attack,
): Promise<number> {
  const [file, ...args] = attack.command;
  const child = from.start(file, ...args);
  child.stdout?.resume();
  child.stderr?.resume();
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const isFound = (line: Line): boolean =>
    line['type'] === 'alert' && line['kind'] === attack.kind && isSerious(line);
  // The limit runs from the tool's end, if it ends.
  const limitMs = attack.runsOn ? ALERT_LIMIT_MS : TOOL_LIMIT_MS + ALERT_LIMIT_MS;
  const alert = await program.waitFor(`an alert ${attack.kind}`, isFound, limitMs);
  const delaySeconds = Math.max(0, Date.now() - Date.parse(alert['lastSeen'])) / 1000;
  if (attack.runsOn) child.kill('SIGTERM');
  // arpspoof restores ARP entries for some seconds: the next test's program would see it.
  await withLimit(ended, file);
  const source = alert['source']?.address ?? alert['source']?.mac ?? null;
  assert.equal(source, attack.source, alert['message']);
  return delaySeconds;
}

async function withLimit(end: Promise<void>, tool: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${tool} did not end`)), TOOL_LIMIT_MS);
  });
  await Promise.race([end, late]);
  clearTimeout(timer);
}

const method = /^(?:-[sP][A-Z]\d*|-[SARF]|--udp|--icmp)$/;

/** "nmap -sS", "hping3 --udp", "iodine". */
function toolOf(command: Attack['command']): string {
  const words = command.filter((word) => word !== 'timeout' && !/^\d+$/.test(word));
  const tool = words[0]!;
  const how = words.find((word) => method.test(word));
  return how && ['nmap', 'hping3'].includes(tool) ? `${tool} ${how}` : tool;
}

/** The service or protocol in the evidence. */
export const serviceOf = (alert: Line | undefined): string | undefined => {
  const evidence = alert?.['evidence'];
  return evidence?.service ?? evidence?.transport ?? evidence?.protocol;
};

export const isSerious = ({ severity }: Line): boolean => !['info', 'low'].includes(severity);

export function seriousAlerts(alerts: readonly Line[]): string[] {
  return alerts.filter(isSerious).map(({ kind, message }) => `${kind}: ${message}`);
}

/** Records a harmless load's alerts for the table. Returns those of medium and above. */
export function recordHonest(on: string, alerts: readonly Line[]): string[] {
  const falseKinds = alerts.filter(isSerious).map((alert) => alert['kind']);
  recordDetection({ kind: null, on, by: 'honest', found: false, delaySeconds: null, falseKinds });
  return seriousAlerts(alerts);
}

/** The reason to skip a test, or false: for `skip`. */
export function missingTool(...tools: string[]): string | false {
  const missing = tools.find(
    (tool) => spawnSync('which', [tool]).status !== 0 && !existsSync(`/usr/sbin/${tool}`),
  );
  return missing ? `${missing} is not installed` : false;
}
