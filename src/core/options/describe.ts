// What a value must be, in words, from its zod schema: the one source of ranges in help, docs and errors.
import type * as z from 'zod/mini';
import type { OptionEntry } from './option.js';

/** The parts of zod's own description of a schema that are read here. */
interface Definition {
  readonly type: string;
  readonly entries?: Readonly<Record<string, string>>;
  readonly options?: readonly z.ZodMiniType[];
  readonly element?: z.ZodMiniType;
  readonly innerType?: z.ZodMiniType;
  readonly format?: string;
  readonly checks?: readonly { readonly _zod: { readonly def: Bound } }[];
}

/** Of a check on a number. */
interface Bound {
  readonly check: string;
  readonly value: number;
}

interface Bounds {
  readonly minimum?: number;
  readonly maximum?: number;
}

const definitionOf = (schema: z.ZodMiniType): Definition => {
  const definition = (schema as unknown as { _zod: { def: Definition } })._zod.def;
  return definition.innerType ? definitionOf(definition.innerType) : definition;
};

function boundsOf(schema: z.ZodMiniType): Bounds {
  const bounds: { minimum?: number; maximum?: number } = {};
  for (const { _zod } of definitionOf(schema).checks ?? []) {
    if (_zod.def.check === 'greater_than') bounds.minimum = _zod.def.value;
    if (_zod.def.check === 'less_than') bounds.maximum = _zod.def.value;
  }
  return bounds;
}

export const typeOf = (schema: z.ZodMiniType): string => {
  const { type, options } = definitionOf(schema);
  return type === 'union' ? typeOf(options![0]!) : type;
};

/** The words of an enumeration; null: it is none. */
export function choicesOf(schema: z.ZodMiniType): readonly string[] | null {
  const { entries } = definitionOf(schema);
  return entries ? Object.values(entries) : null;
}

function rangeOf(schema: z.ZodMiniType): string {
  const { minimum, maximum } = boundsOf(schema);
  if (minimum === undefined) return '';
  return maximum === undefined ? `${minimum} or more` : `${minimum} to ${maximum}`;
}

/** "0.1 to 60", "auto, xdp, xdp-generic, tc"; empty where any text will do. */
export function shortRange({ schema, expected }: OptionEntry): string {
  if (expected !== undefined) return expected;
  const { options } = definitionOf(schema);
  if (options) return shortRange({ schema: options[0]! } as OptionEntry);
  return choicesOf(schema)?.join(', ') ?? rangeOf(schema);
}

function expectationOf(schema: z.ZodMiniType): string {
  const { type, options, element, format } = definitionOf(schema);
  const { minimum, maximum } = boundsOf(schema);
  switch (type) {
    case 'union':
      return expectationOf(options![0]!);
    case 'enum':
      return `one of ${choicesOf(schema)!.join(', ')}`;
    case 'number': {
      const kind = format === 'safeint' ? 'a whole number' : 'a number';
      if (minimum === undefined) return kind;
      return maximum === undefined
        ? `${kind} of ${minimum} or more`
        : `${kind} from ${minimum} to ${maximum}`;
    }
    case 'boolean':
      return 'true or false';
    case 'array':
      return element ? `a list of values, each ${expectationOf(element)}` : 'a list';
    case 'object':
      return 'a map';
    default:
      return 'a string';
  }
}

/** "a number from 0.1 to 60", "one of tc, off": completes "must be". */
export const expectation = ({ schema, expected }: OptionEntry): string =>
  expected ?? expectationOf(schema);

/** The default in words; null: there is none. */
export function defaultText(entry: OptionEntry): string | null {
  if (entry.defaultText !== undefined) return entry.defaultText;
  if (entry.default === undefined || entry.default === null) return null;
  if (entry.default === false || entry.default === '') return null;
  return entry.captureDefault === undefined
    ? String(entry.default)
    : `${entry.default}; capture files: ${entry.captureDefault}`;
}
