// The sources that the generator needs, as one bundle's entry.
export { findGroupKey } from '../../src/core/flows/fields.js';
export {
  allRowProperties,
  fields,
  rowObjects,
  schemaColumns,
} from '../../src/core/flows/schema/schema.js';
export * as layout from '../../src/core/wire/layout.generated.js';
