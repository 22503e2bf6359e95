// `detection` as an object: read as the settings file is. Loaded only where it is asked for: schema and parser are half of the library.
import { builtInRules } from '../core/detect/rules/index.js';
import type { DetectionSettingsData } from '../core/detect/settings.js';
import { detectionSchema, readSettings } from '../core/detect/settings-schema.js';

/** Throws ExpectedError: unknown keys, wrong values. */
export function readDetection(detection: object): DetectionSettingsData {
  return readSettings(JSON.stringify(detection), 'detection', detectionSchema(builtInRules));
}
