// Runs a scenario against all built-in rules, from its first packet to its end.
import { builtInRules } from '../../src/core/detect/rules/index.js';
import { DetectionScenario } from './detection-scenario.js';

/** `ticks`: silence is decided only in the second tick. */
export function runScenario(
  fill: (scenario: DetectionScenario) => void,
  ticks = 1,
): DetectionScenario {
  const scenario = new DetectionScenario(builtInRules);
  fill(scenario);
  for (let tick = 0; tick < ticks; tick += 1) scenario.tick();
  scenario.end();
  return scenario;
}

export function times(count: number, one: (i: number) => void): void {
  for (let i = 0; i < count; i += 1) one(i);
}
