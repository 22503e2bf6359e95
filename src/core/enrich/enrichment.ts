// The stage behind the flow table: flows that are new get the codes of their labels; labels are forgotten with the last flow that has them.
import type { FlowColumns } from '../model/flow-columns.generated.js';
import type { LabelCodes, LabelDictionary } from './label-dictionary.js';

/** Fills the column of one label field of the schema. */
export interface Enricher {
  /** `dictionary` of the field. */
  readonly name: string;
  readonly dictionary: LabelDictionary;
  codesIn(columns: FlowColumns): LabelCodes;
  /** Called once for a flow, when it is new. */
  codeOf(columns: FlowColumns, slot: number): number;
  /** These codes are free: they may come back for something else. */
  forgotten(codes: readonly number[]): void;
}

export class Enrichment {
  readonly #enrichers: readonly Enricher[];
  readonly #byName: ReadonlyMap<string, LabelDictionary>;

  constructor(enrichers: readonly Enricher[]) {
    this.#enrichers = enrichers;
    this.#byName = new Map(enrichers.map(({ name, dictionary }) => [name, dictionary]));
  }

  /** Before the flow table reads a tick's records: the flows that ended in the last tick have been delivered, so their labels may be dropped. */
  forget(columns: FlowColumns): void {
    const { used, highWater } = columns;
    for (const enricher of this.#enrichers) {
      const { dictionary } = enricher;
      if (!dictionary.isForgettingDue) continue;
      enricher.forgotten(dictionary.forget(enricher.codesIn(columns), used, highWater));
    }
  }

  /** After it has read them: flows that are new in this tick. */
  label(columns: FlowColumns): void {
    const { touched, touchedCount, isNew } = columns;
    for (const enricher of this.#enrichers) {
      const codes = enricher.codesIn(columns);
      for (let i = 0; i < touchedCount; i += 1) {
        const slot = touched[i]!;
        if (isNew[slot]) codes[slot] = enricher.codeOf(columns, slot);
      }
    }
  }

  /** '' for an unknown code or dictionary. */
  textOf(dictionary: string, code: number): string {
    return this.#byName.get(dictionary)?.label(code) ?? '';
  }

  /** Labels that found no room since start, of all dictionaries. */
  get refused(): number {
    return this.#enrichers.reduce((sum, { dictionary }) => sum + dictionary.refused, 0);
  }
}
