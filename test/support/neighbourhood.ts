// A veth pair with foreign BPF programs on its left side, and ours beside them.
import assert from 'node:assert/strict';
import { listHooks } from './hooked-programs.js';
import { makePair, type Pair } from './namespaces.js';
import { Neighbour, type NeighbourHook, neighbourTool } from './neighbour.js';
import { type Line, type RunningProgram, startProgram } from './program.js';

/** A ping of this many payload bytes is a frame of 42 more at every hook. */
export const passedLength = 300;
export const markedLength = 400;
export const headers = 42;
export const pings = 5;

/** Long enough for emulated machines, which may need a minute for a second of work. */
export const patienceMs = 60_000;

const isOurs = (program: { name: string }) => program.name.startsWith('network_monitor');

/** The program's count of ICMP frames. */
export function icmp(line: Line): { received: number; sent: number } {
  const row = line['protocols'].find((one: Line) => one['protocol'] === 'ICMP');
  return { received: row?.received.packets ?? 0, sent: row?.sent.packets ?? 0 };
}

export async function stop(program: RunningProgram): Promise<Line> {
  await program.counted();
  program.child.kill('SIGTERM');
  assert.equal((await program.exit(patienceMs)).status, 0, program.stderr);
  return program.summary;
}

export class Neighbourhood {
  readonly pair: Pair;
  #neighbours: Neighbour[] = [];

  constructor(prefix: string) {
    neighbourTool();
    this.pair = makePair(prefix);
    // Resolve the neighbour now, so that no ARP interferes later; multicast reports would be counted as well.
    this.pair.left.run('ping', '-c', '1', '-W', '2', this.pair.rightAddress);
  }

  async attach(hook: NeighbourHook, ...action: string[]): Promise<Neighbour> {
    const { left, leftInterface } = this.pair;
    const one = await Neighbour.attach(left, hook, leftInterface, ...action);
    this.#neighbours.push(one);
    return one;
  }

  /** Programs attached by link are detached with their process. */
  removeNeighbours(): void {
    for (const one of this.#neighbours.splice(0)) one.remove();
  }

  remove(): void {
    this.removeNeighbours();
    this.pair.remove();
  }

  /** Pings from the right to the left; returns the number of answers. */
  ping(payload: number): number {
    const args = ['-q', '-c', `${pings}`, '-i', '0.05', '-W', '1', '-s', `${payload}`];
    const { stdout } = this.pair.right.run('ping', ...args, this.pair.leftAddress);
    return Number(/(\d+) received/.exec(stdout)?.[1]);
  }

  get hasTcx(): boolean {
    return listHooks(this.pair.left, this.pair.leftInterface).features['tcx'] === true;
  }

  /** Program ids as the kernel lists them on both sides, in order. */
  get theirIds(): number[] {
    return this.#ids((program) => !isOurs(program));
  }

  get ourIds(): number[] {
    return this.#ids(isOurs);
  }

  #ids(wanted: (program: { name: string }) => boolean): number[] {
    const { programs } = listHooks(this.pair.left, this.pair.leftInterface);
    return programs.filter(wanted).map((program) => program.id);
  }

  async startOurs(...args: string[]): Promise<RunningProgram> {
    const options = ['--json', '--interval', '0.2', ...args];
    const program = startProgram([this.pair.leftInterface, ...options], {
      namespace: this.pair.left,
    });
    await program.waitFor('start', (line) => line['type'] === 'start', patienceMs);
    return program;
  }

  /** Runs our program beside the foreign ones: they stay, in order, during the run and after a kill -9, which leaves no links of ours. */
  async staysWhileWeRun(during: (program: RunningProgram) => Promise<void>): Promise<Line> {
    const before = this.theirIds;
    const program = await this.startOurs();
    assert.deepEqual(this.theirIds, before, 'while we run');
    assert.equal(this.ourIds.length, 2, 'one of ours for each direction');
    await during(program);
    const summary = await stop(program);
    assert.deepEqual(this.theirIds, before, 'after we have ended');
    assert.deepEqual(this.ourIds, [], 'ours have gone');
    const killed = await this.startOurs();
    killed.child.kill('SIGKILL');
    await killed.exit(patienceMs);
    assert.deepEqual(this.theirIds, before, 'after kill -9');
    if (this.hasTcx) assert.deepEqual(this.ourIds, [], 'links go with their process');
    return summary;
  }
}
