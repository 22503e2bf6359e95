// What Tab completes in the filter prompt.

import { fields } from '../core/flows/fields.js';
import { protocolNames } from '../core/format/protocol.js';

const words = [
  'and',
  'or',
  'not',
  'host',
  'net',
  'port',
  'portrange',
  'src',
  'dst',
  'inbound',
  'outbound',
  'contains',
  'matches',
  'alert',
];

export const filterWords: readonly string[] = [
  ...new Set([
    ...words,
    ...fields.map((field) => field.name),
    ...protocolNames.map((name) => name.toLowerCase()),
  ]),
].sort();
