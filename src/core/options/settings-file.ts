// The whole settings file, read once: options by their settings keys, and the detection part.
import { builtInRules } from '../detect/rules/index.js';
import type { DetectionSettingsData } from '../detect/settings.js';
import { detectionSchema } from '../detect/settings-schema.js';
import { compileFilter } from '../flows/filter/compile-filter.js';
import { nearest } from '../format/nearest.js';
import { checkValue } from './check-value.js';
import type { OptionSchema } from './option.js';
import type { Given, Source } from './resolve.js';
import { options } from './schema.js';
import {
  faultOf,
  parseSettings,
  type SettingsDocument,
  type SettingsFault,
} from './settings-document.js';

export interface SettingsContent {
  /** Options that the file gives; wrong ones are left out. */
  readonly source: Source;
  readonly detection: DetectionSettingsData | null;
  /** What is wrong, in the order of the sections. */
  readonly faults: readonly SettingsFault[];
}

const DETECTION = 'detection';

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Section → key → entry's name. */
function sectionsOf(schema: OptionSchema): Map<string, Map<string, string>> {
  const sections = new Map<string, Map<string, string>>();
  for (const [name, { settings }] of Object.entries(schema)) {
    if (settings === undefined) continue;
    const [section = '', key = ''] = settings.split('.');
    const keys = sections.get(section) ?? new Map<string, string>();
    sections.set(section, keys.set(key, name));
  }
  return sections;
}

function unknownKey(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near
    ? `unknown key; did you mean ${near}?`
    : `unknown key; there are: ${known.join(', ')}`;
}

class Reader {
  readonly faults: SettingsFault[] = [];
  readonly source = new Map<string, Given>();
  detection: DetectionSettingsData | null = null;

  constructor(
    private readonly file: string,
    private readonly document: SettingsDocument,
    private readonly schema: OptionSchema,
  ) {}

  readAll(): void {
    const { value } = this.document;
    if (!isMap(value)) {
      this.fault([], 'must be a map of sections');
      return;
    }
    const sections = sectionsOf(this.schema);
    for (const [section, part] of Object.entries(value)) {
      const keys = sections.get(section);
      if (part === null || part === undefined) continue;
      if (section === DETECTION) this.readDetection(part);
      else if (keys) this.readSection(section, part, keys);
      else this.fault([section], unknownKey(section, [...sections.keys(), DETECTION]));
    }
  }

  private fault(path: readonly PropertyKey[], why: string): void {
    this.faults.push({ file: this.file, line: this.document.lineOf(path), path, why });
  }

  private readSection(section: string, part: unknown, keys: ReadonlyMap<string, string>): void {
    if (!isMap(part)) {
      this.fault([section], 'must be a map');
      return;
    }
    for (const [key, value] of Object.entries(part)) {
      const name = keys.get(key);
      if (name === undefined) {
        this.fault([section, key], unknownKey(key, [...keys.keys()]));
        continue;
      }
      const entry = this.schema[name]!;
      const isText = typeof value === 'string' && entry.fromText !== undefined;
      const checked = checkValue(entry, isText ? entry.fromText!(value) : value);
      if (!checked.ok) {
        const { why, wanted } = checked;
        this.fault([section, key], wanted === null ? why : `must be ${wanted}`);
        continue;
      }
      const line = this.document.lineOf([section, key]);
      const origin = { kind: 'file', file: this.file, line, key: `${section}.${key}` } as const;
      this.source.set(name, { value: checked.value, origin });
    }
  }

  private readDetection(part: unknown): void {
    const result = detectionSchema(builtInRules).safeParse(part);
    if (!result.success) {
      this.faults.push(faultOf(result.error, [DETECTION], this.file, this.document));
      return;
    }
    const wrong = result.data.rules.findIndex(({ filter }) => !compileFilter(filter).ok);
    if (wrong < 0) {
      this.detection = result.data;
      return;
    }
    const compiled = compileFilter(result.data.rules[wrong]!.filter);
    const why = compiled.ok ? '' : compiled.error.message;
    this.fault([DETECTION, 'rules', wrong, 'filter'], why);
  }
}

export function readSettingsFile(
  text: string,
  file: string,
  schema: OptionSchema = options,
): SettingsContent {
  const document = parseSettings(text, file);
  if ('why' in document) return { source: new Map(), detection: null, faults: [document] };
  const reader = new Reader(file, document, schema);
  reader.readAll();
  const { source, detection, faults } = reader;
  return { source, detection, faults };
}
