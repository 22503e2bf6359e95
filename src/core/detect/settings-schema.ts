// The schema of the settings file's part `detection`.
import { z } from 'zod';
import { type Network, parseNetwork } from './network.js';
import type { RuleDefinition } from './rule.js';
import type { DetectionSettingsData } from './settings.js';
import { kindWord, userRuleSchema } from './user-rule-schema.js';

/** Lists longer than this belong in a file of their own and a firewall. */
const LIST_MAX = 100_000;

const network = z
  .string()
  .max(64)
  .transform((text, context): Network => {
    const parsed = parseNetwork(text);
    if (parsed) return parsed;
    context.addIssue({ code: 'custom', message: `"${text}" is neither an address nor a network` });
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
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not a time like 2030-12-31T18:00:00Z`,
  });
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
    'an entry without networks, ports, kinds or domains would suppress every alert',
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
