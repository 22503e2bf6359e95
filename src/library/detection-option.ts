// `detection` as an object: checked as the settings file is. Loaded only where it is asked for: rules and their schema are half of the library.
import { builtInRules } from '../core/detect/rules/index.js';
import type { DetectionSettingsData } from '../core/detect/settings.js';
import { detectionSchema } from '../core/detect/settings-schema.js';
import { wrongUsage } from '../core/options/check-value.js';
import { firstIssue } from '../core/options/settings-document.js';

/** Throws ExpectedError: unknown keys, wrong values. */
export function readDetection(detection: object): DetectionSettingsData {
  const result = detectionSchema(builtInRules).safeParse(detection);
  if (result.success) return result.data;
  const { path, why } = firstIssue(result.error);
  throw wrongUsage(
    `${['detection', ...path].map(String).join('.')}: ${why}`,
    'The keys are described in docs/detection.md',
  );
}
