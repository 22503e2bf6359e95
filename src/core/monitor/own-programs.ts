// The monitor's own programs: their names, what they say of themselves, and where they are attached.
import type { SourceInterface } from '../sources/source.js';

/** Those that see packets; of a capture there is only its own. */
export type OwnProgram = 'xdp' | 'tcIngress' | 'tcEgress' | 'capture';

/** Of one program, since it was loaded. */
export interface RunFigures {
  /** Every one of them is counted. */
  readonly runs: number;
  /** Of the last samples, at least 64 where there have been so many; null: none so far. */
  readonly nanosecondsPerRun: number | null;
  /** Runs of each interval by what samples said of them then. */
  readonly runTimeNs: number;
}

/** Error counts by name; only those above zero. */
export type ProgramErrors = Readonly<Record<OwnProgram, Readonly<Record<string, number>>>>;

/** As of one tick. */
export interface OwnPrograms {
  readonly errors: ProgramErrors;
  readonly runs: Readonly<Record<OwnProgram, RunFigures>>;
  /** Of that tick. */
  readonly intervalSeconds: number;
}

const byName: ReadonlyMap<string, OwnProgram> = new Map([
  ['network_monitor_xdp', 'xdp'],
  ['network_monitor_tc_ingress', 'tcIngress'],
  ['network_monitor_tc_egress', 'tcEgress'],
  ['network_monitor_capture', 'capture'],
]);

export const isOwnName = (name: string): boolean => name.startsWith('network_monitor_');

/** undefined: not the monitor's, or not a packet program. */
export const ownProgram = (name: string): OwnProgram | undefined => byName.get(name);

/** "eth0 tcx ingress" …, by the interfaces' states. */
export function placesOf(
  program: OwnProgram,
  interfaces: readonly SourceInterface[],
): readonly string[] {
  const present = interfaces.filter((one) => one.present);
  switch (program) {
    case 'capture':
      return present.map(({ name }) => name);
    case 'xdp':
      return present
        .filter(({ ingress }) => ingress.hook === 'xdp')
        .map(({ name, ingress }) => `${name} xdp ${ingress.mode}`);
    default: {
      const side = program === 'tcIngress' ? 'ingress' : 'egress';
      return present
        .filter((one) => one[side].hook === 'tcx' || one[side].hook === 'clsact')
        .map((one) => `${one.name} ${one[side].hook} ${side}`);
    }
  }
}
