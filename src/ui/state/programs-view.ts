// What is known of BPF programs, maps and a user's object: the state behind the programs panel.
import type { CustomEvent, CustomReport } from '../../core/model/custom.js';
import type { ProgramsReport } from '../../core/model/programs.js';
import type { Figures } from './custom-values.js';

export interface ProgramsView {
  readonly report: ProgramsReport | null;
  readonly custom: CustomReport | null;
  /** Counters of the report before, and how long ago it was. */
  readonly before: Figures;
  readonly beforeSeconds: number;
  /** Newest first. */
  readonly events: readonly CustomEvent[];
}

export const noPrograms: ProgramsView = {
  report: null,
  custom: null,
  before: new Map(),
  beforeSeconds: 0,
  events: [],
};
