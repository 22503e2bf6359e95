// The language of filters in a few lines, for help; its fields are the schema's.
import { fields } from '../../core/flows/schema/schema.js';

const filterHelpWidth = 62;

/** Words in lines of this width. */
const wrapped = (words: readonly string[]): string[] => {
  const lines = [''];
  for (const word of words) {
    const line = `${lines.at(-1)} ${word}`.trim();
    if (line.length > filterHelpWidth) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
};

export const filterHelp: readonly string[] = [
  'host net port portrange src dst tcp udp icmp proto in out',
  ...wrapped(fields.filter(({ inHelp }) => inHelp).map(({ name }) => name)),
  'and or not ( )   > >= < <= = != ~ /regex/   10.0.0.0/8  *.name',
  'port 443 and rate > 1M     src net 10.0.0.0/8     not udp',
];
