// Which maps a new version of an object may take over: those whose bytes mean the same in both.
import { BtfError } from '../btf/btf-error.js';
import { Extents } from '../btf/layout.js';
import type { DataSection } from './data-section.js';
import { sameLayout } from './layout-agreement.js';
import type { MapDefinition } from './map-definitions.js';
import type { ObjectFile } from './object-file.js';

export interface KeptMaps {
  /** By the object's own names; data sections by section name. */
  readonly kept: readonly string[];
  /** Maps that both have but that differ: they begin empty. */
  readonly changed: readonly string[];
}

/** A type that can't be measured (recursive, incomplete, too large) agrees with nothing. */
function agree(before: ObjectFile, mine: number, after: ObjectFile, theirs: number): boolean {
  if (mine === 0 || theirs === 0) return mine === theirs;
  try {
    new Extents(before.btf).of(mine);
    new Extents(after.btf).of(theirs);
  } catch (error) {
    if (error instanceof BtfError) return false;
    throw error;
  }
  return sameLayout({ btf: before.btf, id: mine }, { btf: after.btf, id: theirs });
}

function sameDefinition(
  before: ObjectFile,
  mine: MapDefinition,
  after: ObjectFile,
  theirs: MapDefinition,
): boolean {
  const same = (type: 'keyType' | 'valueType' | 'eventType') =>
    agree(before, mine[type], after, theirs[type]);
  return (
    mine.type === theirs.type &&
    mine.maxEntries === theirs.maxEntries &&
    mine.flags === theirs.flags &&
    mine.keyBytes === theirs.keyBytes &&
    mine.valueBytes === theirs.valueBytes &&
    same('keyType') &&
    same('valueType') &&
    same('eventType')
  );
}

function sameSection(
  before: ObjectFile,
  mine: DataSection,
  after: ObjectFile,
  theirs: DataSection,
): boolean {
  return (
    mine.variables.length === theirs.variables.length &&
    mine.variables.every((variable, index) => {
      const other = theirs.variables[index]!;
      return (
        variable.name === other.name &&
        variable.offset === other.offset &&
        agree(before, variable.type, after, other.type)
      );
    })
  );
}

/** Constants belong to the code that was compiled with them. */
const isConstant = (section: string) => section.startsWith('.rodata');

export function keptMaps(before: ObjectFile, after: ObjectFile): KeptMaps {
  const kept: string[] = [];
  const changed: string[] = [];
  for (const theirs of after.maps) {
    const mine = before.maps.find(({ name }) => name === theirs.name);
    if (mine) (sameDefinition(before, mine, after, theirs) ? kept : changed).push(theirs.name);
  }
  for (const theirs of after.dataSections) {
    const mine = before.dataSections.find(({ name }) => name === theirs.name);
    if (!mine || isConstant(theirs.name)) continue;
    (sameSection(before, mine, after, theirs) ? kept : changed).push(theirs.name);
  }
  return { kept, changed };
}
