// --list-rules and --explain KIND: what detection knows about itself.
import { explainKind, listRules } from '../core/detect/explain.js';
import { builtInRules } from '../core/detect/rules/index.js';
import { isKind, kinds } from '../core/detect/vocabulary.js';
import { nearest } from '../core/format/nearest.js';
import { wrongUsage } from './option-values.js';

/** null: neither was asked for. */
export function explanation(list: boolean, kind: string | undefined): string | null {
  if (kind !== undefined) {
    if (isKind(kind)) return explainKind(kind, builtInRules);
    const near = nearest(kind, kinds);
    throw wrongUsage(
      `--explain ${kind}: there is no such kind of alert`,
      near ? `Did you mean ${near}? All kinds: --list-rules` : 'All kinds: --list-rules',
    );
  }
  return list ? listRules(builtInRules) : null;
}
