// What the generator needs of the sources, in one bundle.
export { findGroupKey } from '../../src/core/flows/fields.js';
export {
  allRowProperties,
  fields,
  rowObjects,
  schemaColumns,
} from '../../src/core/flows/schema/schema.js';
export * as layout from '../../src/core/wire/layout.generated.js';
