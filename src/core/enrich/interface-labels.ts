// Names of interfaces as labels: renamed ones keep their code, a kernel index that is used again by another interface gets a new one.
import type { FlowColumns } from '../model/flow-columns.generated.js';
import type { Enricher } from './enrichment.js';
import { LabelDictionary } from './label-dictionary.js';

/** What a source says of an interface. */
export interface NamedInterface {
  readonly index: number;
  readonly name: string;
  /** False once it has been deleted. */
  readonly present: boolean;
}

/** Twice the 4,096 interfaces that may be there at once: those that flows of the last minutes were seen on stay named. */
const LABELS_MAX = 8192;

interface Known {
  code: number;
  name: string;
  present: boolean;
  /** The last update that named it. */
  update: number;
}

export class InterfaceLabels implements Enricher {
  readonly name = 'interface';
  readonly dictionary: LabelDictionary;
  readonly #byIndex = new Map<number, Known>();
  #last: readonly NamedInterface[] | null = null;
  #update = 0;
  /** Most flows come from the same interface as the one before. */
  #indexAtHand = -1;
  #codeAtHand = 0;

  constructor(labelsMax = LABELS_MAX) {
    this.dictionary = new LabelDictionary(labelsMax, 'other');
  }

  /** Once a tick, before flows are labelled. Interfaces that aren't in the list were removed; their flows keep the name. */
  update(interfaces: readonly NamedInterface[]): void {
    if (interfaces === this.#last) return;
    this.#last = interfaces;
    this.#update += 1;
    this.#indexAtHand = -1;
    for (const listed of interfaces) {
      if (listed.present) this.#adopt(listed);
      // It came and went between two ticks.
      else if (!this.#byIndex.has(listed.index)) this.#addGone(listed.index, listed.name);
    }
    for (const known of this.#byIndex.values()) {
      if (known.present && known.update !== this.#update) {
        known.present = false;
        this.dictionary.retire(known.code);
      }
    }
  }

  #adopt({ index, name }: NamedInterface): void {
    const known = this.#byIndex.get(index);
    if (known?.present && (known.code !== 0 || !this.dictionary.hasRoom)) {
      if (known.name !== name) this.dictionary.rename(known.code, name);
    } else if (known?.name === name && known.code !== 0) this.dictionary.revive(known.code);
    else {
      const code = this.dictionary.add(name);
      this.#byIndex.set(index, { code, name, present: true, update: this.#update });
      return;
    }
    known.name = name;
    known.present = true;
    known.update = this.#update;
  }

  /** Of what has this index now, or had it last. */
  nameOf(index: number): string {
    const known = this.#byIndex.get(index);
    return known ? this.dictionary.label(known.code) : `if${index}`;
  }

  codesIn({ interfaceLabel }: FlowColumns): Uint16Array {
    return interfaceLabel;
  }

  codeOf({ interfaceIndex }: FlowColumns, slot: number): number {
    const index = interfaceIndex[slot]!;
    if (index !== this.#indexAtHand) {
      this.#indexAtHand = index;
      this.#codeAtHand = (this.#byIndex.get(index) ?? this.#addGone(index)).code;
    }
    return this.#codeAtHand;
  }

  /** One that the source never named is treated as removed, named by its number. */
  #addGone(index: number, name = `if${index}`): Known {
    const code = this.dictionary.add(name);
    const known = { code, name, present: false, update: 0 };
    // Indexes of a hostile recording are endless: only those with a label are kept.
    if (code !== 0) this.#byIndex.set(index, known);
    this.dictionary.retire(code);
    return known;
  }

  forgotten(codes: readonly number[]): void {
    this.#indexAtHand = -1;
    const gone = new Set(codes);
    for (const [index, { code, present }] of this.#byIndex) {
      if (!present && (code === 0 || gone.has(code))) this.#byIndex.delete(index);
    }
  }
}
