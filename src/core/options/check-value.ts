// One value against its entry: what it is, or why it is none and what to give instead.
import { ExpectedError } from '../errors/expected-error.js';
import { nearest } from '../format/nearest.js';
import { choicesOf, defaultText, expectation, typeOf } from './describe.js';
import type { OptionEntry } from './option.js';
import { booleanFromText, numberFromText } from './value-schemas.js';

export interface ValueFault {
  /** Completes "--interval 0: ". */
  readonly why: string;
  /** Completes "must be "; null: `why` says it. */
  readonly wanted: string | null;
  /** A sentence. */
  readonly advice: string;
}

export type Checked =
  | { readonly ok: true; readonly value: unknown }
  | ({ readonly ok: false } & ValueFault);

/** As zod has it; only what is read here. */
interface Issue {
  readonly code?: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly expected?: string;
  readonly errors?: readonly (readonly Issue[])[];
  readonly keys?: readonly string[];
  readonly params?: { readonly advice?: string };
}

export function wrongUsage(message: string, advice: string): ExpectedError {
  return new ExpectedError(message, { status: 2, advice });
}

/** As the entry's type is written in a text: a list is split at blanks and commas. */
export function valueOfText(entry: OptionEntry, text: string): unknown {
  if (entry.fromText) return entry.fromText(text);
  switch (typeOf(entry.schema)) {
    case 'number':
      return numberFromText(text);
    case 'boolean':
      return booleanFromText(text);
    case 'array':
      return text.split(/[\s,]+/).filter((word) => word !== '');
    default:
      return text;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  number: 'not a number',
  boolean: 'neither true nor false',
  string: 'not a string',
  array: 'not a list',
};

function reasonOf(issue: Issue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return `unknown key "${issue.keys![0]}"`;
    case 'too_small':
    case 'too_big':
      return 'out of range';
    case 'invalid_type':
      return issue.expected === 'int'
        ? 'not a whole number'
        : (typeNames[issue.expected ?? ''] ?? 'wrong type');
    case 'invalid_union':
      return reasonOf(issue.errors![0]![0]!);
    default:
      return 'unknown value';
  }
}

function typeFault(entry: OptionEntry, value: unknown, issue: Issue): ValueFault {
  const wanted = expectation(entry);
  const choices = choicesOf(entry.schema);
  const near = choices && typeof value === 'string' ? nearest(value, choices) : null;
  const usual = defaultText(entry);
  return {
    why: reasonOf(issue),
    wanted,
    advice: near
      ? `Did you mean ${near}? It must be ${wanted}`
      : `It must be ${wanted}${usual ? ` (default: ${usual})` : ''}`,
  };
}

export function checkValue(entry: OptionEntry, value: unknown): Checked {
  const result = entry.schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const issue = result.error.issues[0] as Issue;
  const advice = issue.code === 'custom' ? issue.params?.advice : undefined;
  const fault =
    advice === undefined
      ? typeFault(entry, value, issue)
      : { why: issue.message, wanted: null, advice };
  if (issue.path.length === 0) return { ok: false, ...fault };
  // Deep inside a list or a map: which part of it.
  return { ok: false, ...fault, why: `${issue.path.map(String).join('.')}: ${fault.why}` };
}
