// The settings file's detection part: YAML or JSON → checked settings, errors with line and key.
import { isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { ExpectedError } from '../errors/expected-error.js';
import { type Network, parseNetwork } from './network.js';
import type { RuleDefinition } from './rule.js';
import type { DetectionSettingsData } from './settings.js';
import { kindWord, userRuleSchema } from './user-rule-schema.js';

/** `key`: dotted, '' where the file is no YAML at all. */
export class SettingsError extends ExpectedError {
  constructor(
    message: string,
    advice: string,
    readonly key: string,
  ) {
    super(message, { status: 2, advice });
  }
}

/** Lists longer than this belong into a file of their own and a firewall. */
const LIST_MAX = 100_000;

const network = z
  .string()
  .max(64)
  .transform((text, context): Network => {
    const parsed = parseNetwork(text);
    if (parsed) return parsed;
    context.addIssue({ code: 'custom', message: `"${text}" is no address and no network` });
    return z.NEVER;
  });

const port = z.number().int().min(0).max(65535);
const domain = z
  .string()
  .min(1)
  .max(253)
  .transform((text) => text.toLowerCase().replace(/^\.|\.$/g, ''));

const time = z.string().transform((text, context): number => {
  const milliseconds = Date.parse(text);
  if (Number.isFinite(milliseconds)) return milliseconds * 1000;
  context.addIssue({ code: 'custom', message: `"${text}" is no time like 2030-12-31T18:00:00Z` });
  return z.NEVER;
});

const allowSchema = z
  .strictObject({
    networks: z.array(network).max(LIST_MAX).default([]),
    ports: z.array(port).max(1000).default([]),
    kinds: z.array(kindWord).max(100).default([]),
    domains: z.array(domain).max(LIST_MAX).default([]),
  })
  .refine(
    (entry) =>
      entry.networks.length + entry.ports.length + entry.kinds.length + entry.domains.length > 0,
    'an entry without networks, ports, kinds or domains would silence everything',
  );

const muteSchema = z.strictObject({
  kind: kindWord.nullable().default(null),
  network: network.nullable().default(null),
  until: time,
});

/** The schema of the key `detection`; thresholds are those that the rules declare. */
export function detectionSchema(rules: readonly RuleDefinition[]) {
  const thresholds: Record<string, z.ZodType> = {};
  for (const rule of rules) {
    const own: Record<string, z.ZodType> = {};
    for (const name of Object.keys(rule.thresholds))
      own[name] = z.number().positive().max(1e12).optional();
    thresholds[rule.name] = z.strictObject(own).optional();
  }
  return z
    .strictObject({
      thresholds: z.strictObject(thresholds).default({}),
      allow: z.array(allowSchema).max(10_000).default([]),
      homeNetworks: z.array(network).max(1000).default([]),
      mute: z.array(muteSchema).max(1000).default([]),
      disable: z.array(kindWord).default([]),
      threatNetworks: z.array(network).max(LIST_MAX).default([]),
      threatNames: z.array(domain).max(LIST_MAX).default([]),
      rules: z.array(userRuleSchema).max(100).default([]),
    })
    .transform(
      (value): DetectionSettingsData => ({
        thresholds: value.thresholds as DetectionSettingsData['thresholds'],
        allow: value.allow,
        homeNetworks: value.homeNetworks,
        mutes: value.mute.map((mute) => ({
          kind: mute.kind,
          network: mute.network,
          untilUs: mute.until,
        })),
        disabledKinds: value.disable,
        threatNetworks: value.threatNetworks,
        threatNames: value.threatNames,
        rules: value.rules,
      }),
    );
}

/** A settings document checked by `schema`; what is wrong is said with file, line and key. */
export function readSettings<Schema extends z.ZodType>(
  text: string,
  fileName: string,
  schema: Schema,
): z.output<Schema> {
  const lines = new LineCounter();
  // JSON is YAML. Aliases are refused: a few of them can stand for gigabytes.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const fault = document.errors[0];
  if (fault) {
    const { line } = lines.linePos(fault.pos[0]);
    throw settingsError(fileName, line, '', fault.message.split('\n')[0]!);
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch (error) {
    throw settingsError(fileName, 1, '', error instanceof Error ? error.message : String(error));
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = [...issue.path] as (string | number)[];
  if (issue.code === 'unrecognized_keys') path.push(issue.keys[0]!);
  throw settingsError(fileName, lineOf(document, path, lines), path.join('.'), issueText(issue));
}

function lineOf(
  document: ReturnType<typeof parseDocument>,
  path: readonly (string | number)[],
  lines: LineCounter,
): number {
  let line = 1;
  let node: unknown = document.contents;
  for (const step of path) {
    let found: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
      // The key's own line: its value may begin below it.
      if (isScalar(pair?.key) && pair.key.range) line = lines.linePos(pair.key.range[0]).line;
      found = pair?.value;
    } else if (isSeq(node)) {
      found = node.items[Number(step)];
      if (isNode(found) && found.range) line = lines.linePos(found.range[0]).line;
    }
    if (found === undefined || found === null) break;
    node = found;
  }
  return line;
}

function issueText(issue: z.core.$ZodIssue): string {
  return issue.code === 'unrecognized_keys' ? 'unknown key' : issue.message;
}

function settingsError(file: string, line: number, key: string, why: string): SettingsError {
  const where = key ? `${file}:${line}: ${key}: ` : `${file}:${line}: `;
  return new SettingsError(
    `${where}${why}`,
    `Correct line ${line} of ${file}; the keys are described in docs/detection.md`,
    key,
  );
}
