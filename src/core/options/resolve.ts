// Precedence, in one place: command line > environment > settings file > default. Says where each value came from.
import { checkValue, valueOfText, wrongUsage } from './check-value.js';
import type { OptionEntry, OptionSchema, ValuesOf } from './option.js';

/** Where a value came from. */
export type Origin =
  | { readonly kind: 'command line'; readonly flag: string }
  | { readonly kind: 'environment'; readonly variable: string }
  | {
      readonly kind: 'file';
      readonly file: string;
      readonly line: number;
      readonly key: string;
    }
  | { readonly kind: 'default' };

/** Either a text that is still to be read, or a value that has been checked. */
export type Given =
  | { readonly text: string; readonly origin: Origin }
  | { readonly value: unknown; readonly origin: Origin };

/** Entry's name → what this source says of it. */
export type Source = ReadonlyMap<string, Given>;

export interface Resolved<Schema extends OptionSchema> {
  readonly values: ValuesOf<Schema>;
  readonly origins: { readonly [Key in keyof Schema]: Origin };
}

const shown = (text: string): string => {
  const quoted = /^[\w.,:/@+-]+$/.test(text) ? text : JSON.stringify(text);
  return quoted.length > 200 ? `${quoted.slice(0, 199)}…` : quoted;
};

/** "--interval 0", "$KUBENETPROBE_INTERVAL 0", "config.yaml:3: screen.interval". */
export function originText(origin: Origin, text?: string): string {
  const value = text === undefined ? '' : ` ${shown(text)}`;
  switch (origin.kind) {
    case 'command line':
      return `--${origin.flag}${value}`;
    case 'environment':
      return `$${origin.variable}${value}`;
    case 'file':
      return `${origin.file}:${origin.line}: ${origin.key}`;
    case 'default':
      return 'the default';
  }
}

/** Variables that are set and not empty. */
export function environmentSource(
  environment: Readonly<Record<string, string | undefined>>,
  schema: OptionSchema,
): Source {
  const source = new Map<string, Given>();
  for (const [name, { environment: variable }] of Object.entries(schema)) {
    const text = variable === undefined ? undefined : environment[variable];
    if (text) source.set(name, { text, origin: { kind: 'environment', variable: variable! } });
  }
  return source;
}

/** The settings keys of one section that were given by any source: what a settings file would need for the same effect. */
export function givenSection<Schema extends OptionSchema>(
  { values, origins }: Resolved<Schema>,
  schema: Schema,
  section: string,
): Record<string, unknown> {
  const given = Object.entries(schema).filter(
    ([name, { settings }]) =>
      settings?.startsWith(`${section}.`) && origins[name]!.kind !== 'default',
  );
  return Object.fromEntries(
    given.map(([name, { settings }]) => [settings!.slice(section.length + 1), values[name]]),
  );
}

/** A file's section that doesn't concern this run is left out. */
export function withoutSection(source: Source, section: string): Source {
  const isOther = ([, { origin }]: [string, Given]): boolean =>
    origin.kind !== 'file' || !origin.key.startsWith(`${section}.`);
  return new Map([...source].filter(isOther));
}

function read(entry: OptionEntry, given: Given): unknown {
  if ('value' in given) return given.value;
  const checked = checkValue(entry, valueOfText(entry, given.text));
  if (checked.ok) return checked.value;
  throw wrongUsage(`${originText(given.origin, given.text)}: ${checked.why}`, checked.advice);
}

/**
 * `sources`: the first that sets an option decides; only that value is read, so that a wrong variable can be overridden. Throws
 * ExpectedError with status 2, which names the source.
 */
export function resolveOptions<Schema extends OptionSchema>(
  sources: readonly Source[],
  schema: Schema,
): Resolved<Schema> {
  const values: Record<string, unknown> = {};
  const origins: Record<string, Origin> = {};
  for (const [name, entry] of Object.entries(schema)) {
    const given = sources.map((source) => source.get(name)).find((one) => one !== undefined);
    values[name] = given ? read(entry, given) : entry.default;
    origins[name] = given?.origin ?? { kind: 'default' };
  }
  // A capture file has defaults of its own.
  if (values['pcap'] !== undefined) {
    for (const [name, { captureDefault }] of Object.entries(schema))
      if (captureDefault !== undefined && origins[name]!.kind === 'default')
        values[name] = captureDefault;
  }
  return { values, origins } as unknown as Resolved<Schema>;
}
