// When programs and maps are reported: after the first tick, every so often, in each tick while somebody looks, and at the end.
import type { CustomReport } from '../model/custom.js';
import type { ProgramState, ProgramsReport } from '../model/programs.js';
import type { ObjectRun } from '../objects/object-run.js';
import type { Source } from '../sources/source.js';
import type { OwnPrograms } from './own-programs.js';
import { ProgramStats } from './program-stats.js';

export interface ProgramReportsOptions {
  readonly source: Source;
  readonly maxFlows: number;
  /** While they aren't shown and there is no user's object; 0: in each tick. */
  readonly everySeconds: number;
}

/** As of the last tick. */
export interface TickFigures {
  readonly time: { readonly nowUs: number; readonly wallUs: number };
  readonly ownPrograms: OwnPrograms;
  readonly flowsInBatch: number;
}

export interface ObjectReport {
  readonly programs: ProgramsReport;
  /** With a user's object. */
  readonly custom: CustomReport | null;
}

export class ProgramReports {
  readonly #options: ProgramReportsOptions;
  readonly #stats: ProgramStats;
  #isWatched = false;
  #dueUs = -Infinity;
  /** The user's; null without, and before it is loaded. */
  object: ObjectRun | null = null;

  constructor(options: ProgramReportsOptions) {
    this.#options = options;
    this.#stats = new ProgramStats(options.source, () => this.object?.object ?? null);
  }

  /** Programs as they are at this moment. */
  states(own: OwnPrograms): readonly ProgramState[] {
    return this.#stats.programs(own);
  }

  measure(always: boolean): void {
    this.#isWatched = always;
    this.#options.source.programs?.measureAlways?.(always);
  }

  /** After each tick, and once more at the end; null: nothing is due. */
  async tick(figures: TickFigures, final: boolean): Promise<ObjectReport | null> {
    const { source, maxFlows } = this.#options;
    const objectReport = await this.object?.tick(source.interfaces(), final);
    // A capture has a thousand ticks a second.
    if (source.pacing === 'immediate' && !final) return null;
    const { time, ownPrograms, flowsInBatch } = figures;
    const { nowUs, wallUs } = time;
    if (!final && !this.#isDue(nowUs)) {
      this.#stats.tick(ownPrograms);
      return null;
    }
    const programs = await this.#stats.report({
      timeUs: nowUs,
      wallUs,
      own: ownPrograms,
      flows: flowsInBatch,
      maxFlows,
      final,
    });
    const own = programs.programs.filter(({ owner }) => owner === 'object');
    return { programs, custom: objectReport ? { ...objectReport, programs: own } : null };
  }

  /** Each report needs system calls for every program and every entry of some maps: a tenth of an ordinary tick. */
  #isDue(nowUs: number): boolean {
    if (!this.object && !this.#isWatched && nowUs < this.#dueUs) return false;
    this.#dueUs = nowUs + this.#options.everySeconds * 1e6;
    return true;
  }

  close(): void {
    this.#stats.close();
    this.object?.close();
  }
}
