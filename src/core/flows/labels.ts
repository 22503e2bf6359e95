// What a field's code is called: by the field itself, or by the dictionary that `enrich` keeps.
import type { FieldContext } from './field-context.js';
import type { FieldSchema } from './schema/contract.js';

/** null: the field is no name. */
export function labelOf(
  { label, dictionary }: Pick<FieldSchema, 'label' | 'dictionary'>,
  context: FieldContext,
): ((code: number) => string) | null {
  if (dictionary !== undefined) return (code) => context.label(dictionary, code);
  return label ?? null;
}
