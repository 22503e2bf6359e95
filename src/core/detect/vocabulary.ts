// The words that an alert's `kind` may be, each with its MITRE technique, its usual severity and what it means.

import { abuseAlertKinds } from './alert-kinds-abuse.js';
import { probingAlertKinds } from './alert-kinds-probing.js';
import type { KindDescription } from './kind-description.js';

export const vocabulary = { ...probingAlertKinds, ...abuseAlertKinds } as const satisfies Record<
  string,
  KindDescription
>;

export type Kind = keyof typeof vocabulary;

export const kinds = Object.keys(vocabulary) as Kind[];

/** Kinds that wait for tracing or pod identity: no rule raises them yet. */
export const reservedKinds: readonly Kind[] = [
  'metadata_access',
  'control_plane_access',
  'source_spoof',
  'reverse_shell',
  'new_listener',
];

export function isKind(word: string): word is Kind {
  return Object.hasOwn(vocabulary, word);
}
