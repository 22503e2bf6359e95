// Options of the library, as JavaScript may give them: unknown names and wrong values are errors before anything is loaded.

import { nearest } from '../format/nearest.js';
import { checkValue, wrongUsage } from './check-value.js';
import type { OptionSchema, ValuesOf } from './option.js';
import { options as allOptions, type Options } from './schema.js';

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

/** Throws an ExpectedError (status 2) for the first option that is wrong; `undefined` is as if it were not there. */
export function checkLibraryOptions(given: object, schema: OptionSchema = allOptions): void {
  for (const [name, value] of Object.entries(given)) {
    const entry = Object.hasOwn(schema, name) ? schema[name] : undefined;
    if (!entry?.library) {
      const known = Object.keys(schema).filter((key) => schema[key]!.library);
      const near = nearest(name, known);
      throw wrongUsage(
        `there is no option ${shown(name)}`,
        near ? `Did you mean ${near}?` : `Options: ${known.join(', ')}`,
      );
    }
    if (value === undefined) continue;
    const checked = checkValue(entry, value);
    if (!checked.ok) throw wrongUsage(`${name} is ${shown(value)}: ${checked.why}`, checked.advice);
  }
}

/** What is given, and the defaults for the rest. `given` has been checked. */
export function libraryValues(given: Readonly<Record<string, unknown>>): ValuesOf<Options> {
  const values = Object.entries(allOptions).map(([name, entry]) => [
    name,
    given[name] ?? ('default' in entry ? entry.default : undefined),
  ]);
  return Object.fromEntries(values) as ValuesOf<Options>;
}
