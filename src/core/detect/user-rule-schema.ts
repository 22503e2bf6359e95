// A user's own rule as it stands in the settings file.
import { z } from 'zod';
import { type Severity, severities } from '../model/alert.js';
import { isKind, type Kind } from './vocabulary.js';

export const kindWord = z.string().transform((word, context): Kind => {
  if (isKind(word)) return word;
  context.addIssue({
    code: 'custom',
    message: `"${word}" is not a kind of alert; --list-rules lists them`,
  });
  return z.NEVER;
});

const severity = z.enum(severities as readonly [Severity, ...Severity[]]);

export const userRuleSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'a name is lower case letters, digits and "-"'),
  kind: kindWord,
  filter: z.string().max(2000).default(''),
  aggregate: z.enum(['count', 'distinct', 'sum', 'rate']),
  /** What is added up (sum, rate) or counted once each (distinct). */
  of: z
    .enum(['packets', 'bytes', 'flows', 'source', 'destination', 'port', 'service'])
    .default('flows'),
  by: z
    .array(z.enum(['source', 'destination', 'port', 'interface']))
    .max(4)
    .default(['source']),
  windowSeconds: z.number().min(1).max(86_400),
  threshold: z.number().positive().max(1e15),
  severity: severity.default('medium'),
  message: z.string().max(300).optional(),
});

export type UserRuleSettings = z.output<typeof userRuleSchema>;
