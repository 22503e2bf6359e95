// --list-rules and --explain KIND: descriptions of the detection rules.
import { explainKind, listRules } from '../core/detect/explain.js';
import { builtInRules } from '../core/detect/rules/index.js';
import { isKind, kinds } from '../core/detect/vocabulary.js';
import { nearest } from '../core/format/nearest.js';
import { wrongUsage } from '../core/options/check-value.js';

/** undefined: all rules as a list. */
export function explanation(kind: string | undefined): string {
  if (kind === undefined) return listRules(builtInRules);
  if (isKind(kind)) return explainKind(kind, builtInRules);
  const near = nearest(kind, kinds);
  throw wrongUsage(
    `--explain ${kind}: there is no such kind of alert`,
    near ? `Did you mean ${near}? All kinds: --list-rules` : 'All kinds: --list-rules',
  );
}
