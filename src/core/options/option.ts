// What one option is: its entry in the schema holds all that the command line, the library, the settings file, completion, the manual page and the docs need.
import type * as z from 'zod/mini';

export const optionGroups = [
  'What to watch',
  'What to show',
  'When to stop',
  'Output',
  'Detection and alerts',
  'Other',
] as const;

export interface OptionEntry {
  readonly group: (typeof optionGroups)[number];
  /** Range and type, and from them the texts of errors, help and docs. */
  readonly schema: z.ZodMiniType;
  readonly help: string;
  /** Absent: undefined unless given. */
  readonly default?: unknown;
  /** Where it differs for a capture file. */
  readonly captureDefault?: unknown;
  /** The default as help shows it, where the value itself isn't what a person reads. */
  readonly defaultText?: string;
  /** Long option without its dashes; absent: not on the command line. */
  readonly flag?: string;
  readonly short?: string;
  /** The placeholder of the value in help; absent: a switch. */
  readonly placeholder?: string;
  /** The value may be left out; it then must be written as --flag=VALUE. */
  readonly valueOptional?: boolean;
  /** Then this is the value; absent: true. It may also be given as the next word. */
  readonly valueWhenLeftOut?: string;
  /** Given twice on the command line it is an error, and this is what to do instead; absent: the last one holds. */
  readonly onceOnly?: string;
  /** Environment variable. */
  readonly environment?: string;
  /** Key in the settings file, `section.key`. */
  readonly settings?: string;
  /** Key of NetworkMonitorOptions: the entry's own name. */
  readonly library?: boolean;
  /** Its TypeScript type, where the schema doesn't say it. */
  readonly libraryType?: string;
  /** Its default, where the library's differs from the program's. */
  readonly libraryDefault?: unknown;
  /** Goes along with the request for a run, to the thread that monitors. */
  readonly run?: boolean;
  /** More for the library's documentation. */
  readonly libraryHelp?: string;
  /** Value of a command line or environment text, where the schema's type alone doesn't say how it is read. */
  readonly fromText?: (text: string) => unknown;
  /** What a value must be, where the schema's type alone doesn't say it. */
  readonly expected?: string;
}

export type OptionSchema = Readonly<Record<string, OptionEntry>>;

/** The value of each option after all sources have been read. */
export type ValuesOf<Schema extends OptionSchema> = {
  readonly [Key in keyof Schema]: Schema[Key] extends { readonly default: unknown }
    ? z.output<Schema[Key]['schema']> | Extract<Schema[Key]['default'], null>
    : z.output<Schema[Key]['schema']> | undefined;
};

/** Those that go along with the request for a run. */
export type RunValuesOf<Schema extends OptionSchema> = {
  readonly [Key in keyof Schema as Schema[Key] extends { readonly run: true }
    ? Key
    : never]: ValuesOf<Schema>[Key];
};

/** The keys of one section of the settings file. */
export type SectionOf<Schema extends OptionSchema, Section extends string> = {
  readonly [Key in keyof Schema as Schema[Key] extends {
    readonly settings: `${Section}.${infer Name}`;
  }
    ? Name
    : never]?: z.output<Schema[Key]['schema']>;
};
