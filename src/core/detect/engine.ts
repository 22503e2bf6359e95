// The detector: runs every rule over each tick, turns findings into incidents, and survives a rule that fails.
import type { Alert } from '../model/alert.js';
import type { KernelEvent, KernelEventType } from '../model/kernel-event.js';
import type { Warning } from '../model/snapshot.js';
import { payloadClass } from '../wire/layout.generated.js';
import type { DetectionInput, Detector } from './contract.js';
import { FirstMessages, type HandOut } from './first-messages.js';
import { Incidents } from './incidents.js';
import { TCP } from './protocol-numbers.js';
import type { Report, Rule, RuleDefinition } from './rule.js';
import { DetectionSettings } from './settings.js';
import { Tick } from './tick.js';
import { StateLedger } from './windows.js';

/** A flood pushes out some state of strangers in each second, and is an alert of its own. */
const FORGOTTEN_WORTH_TELLING = 1000;

/** A flood forgets in every tick: that is reported once an hour, and the figure stands in `health` all the time. */
const TOLD_AGAIN_US = 3600e6;

interface RunningRule {
  readonly name: string;
  readonly rule: Rule;
  /** The rule's own, bound: looked up in each of its classes for each kernel event, it was the dearest load of a tick. */
  readonly kernelEvent: Rule['kernelEvent'];
  disabled: boolean;
}

const noRules: readonly RunningRule[] = [];

export class DetectionEngine implements Detector {
  readonly features: number;
  readonly #settings: DetectionSettings;
  readonly #definitions: readonly RuleDefinition[];
  #rules: RunningRule[] = [];
  readonly #rulesByKernelEvent = new Map<KernelEventType, RunningRule[]>();
  readonly #rulesByPayload: RunningRule[][] = Array.from(
    { length: payloadClass.classCount },
    () => [],
  );
  /** Those of first bytes that read TCP by messages, and those that read its segments. */
  readonly #messageRules: RunningRule[] = [];
  readonly #segmentRules: RunningRule[] = [];
  readonly #ledger = new StateLedger();
  readonly #firstMessages = new FirstMessages(this.#ledger);
  readonly #incidents: Incidents;
  #tick = new Tick();
  #warnings: Warning[] = [];
  #forgottenTold = 0;
  #forgottenToldUs = -Infinity;

  constructor(definitions: readonly RuleDefinition[], settings = new DetectionSettings()) {
    this.#incidents = new Incidents(settings, this.#ledger);
    this.#settings = settings;
    this.#definitions = definitions.filter(
      ({ kinds }) => !kinds.every((kind) => settings.isDisabled(kind)),
    );
    let features = 0;
    for (const definition of this.#definitions) features |= definition.features;
    this.features = features;
    this.#createRules();
  }

  #createRules(): void {
    const failed = new Set(this.#rules.filter(({ disabled }) => disabled).map(({ name }) => name));
    const settings = this.#settings;
    this.#rules = [];
    this.#rulesByKernelEvent.clear();
    for (const rules of this.#rulesByPayload) rules.length = 0;
    for (const definition of this.#definitions) {
      const { name } = definition;
      const rule = definition.create({
        settings,
        ledger: this.#ledger,
        threshold: (threshold) =>
          settings.threshold(name, threshold) ?? definition.thresholds[threshold]!.value,
      });
      const running: RunningRule = {
        name,
        rule,
        kernelEvent: rule.kernelEvent?.bind(rule),
        disabled: failed.has(name),
      };
      this.#rules.push(running);
      if (running.kernelEvent) this.#subscribe(running, definition);
    }
  }

  tick(input: DetectionInput): readonly Alert[] {
    return this.#runTick(input, false);
  }

  #runTick(input: DetectionInput, isLast: boolean): readonly Alert[] {
    const tick = this.#tick;
    tick.begin(input);
    const report: Report = (finding) => this.#incidents.report(finding, tick.nowUs);
    const handOut: HandOut = (message) => this.#runRules(this.#messageRules, message, tick, report);
    const { kernelEvents } = input;
    // By number: iterators over kernel events and rules are garbage of 80 KB a tick.
    for (let at = 0; at < kernelEvents.length; at += 1) {
      const kernelEvent = kernelEvents[at]!;
      if (isFirstBytesOfTcp(kernelEvent)) {
        this.#runRules(this.#segmentRules, kernelEvent, tick, report);
        if (this.#messageRules.length > 0) this.#firstMessages.take(kernelEvent, handOut);
      } else {
        this.#runRules(this.#rulesOf(kernelEvent), kernelEvent, tick, report);
      }
    }
    this.#firstMessages.endTick(tick.nowUs, isLast, handOut);
    for (const running of this.#rules) {
      if (running.disabled || !running.rule.tick) continue;
      try {
        running.rule.tick(tick, report);
      } catch (error) {
        this.#disable(running, error, tick.nowUs);
      }
    }
    return this.#incidents.drain(tick.nowUs);
  }

  end(nowUs: number): readonly Alert[] {
    const last = this.#tick;
    // What still waits for an answer has waited long enough: one more, empty tick decides it.
    const lines = last.startUs === 0 ? [] : this.#runTick(emptyInput(last.input, nowUs), true);
    return [...lines, ...this.#incidents.endAll()];
  }

  endSegment(nowUs: number): readonly Alert[] {
    const lines = this.end(nowUs);
    this.#incidents.beginSegment();
    this.#ledger.elements = 0;
    this.#forgottenToldUs = -Infinity;
    this.#tick = new Tick();
    this.#createRules();
    return lines;
  }

  current(): readonly Alert[] {
    return this.#incidents.current();
  }

  acknowledge(id: string): void {
    this.#incidents.acknowledge(id);
  }

  mute(id: string, untilUs: number): void {
    this.#incidents.mute(id, untilUs);
  }

  /** What every table has had to forget since start, and elements that the sets' shared budget refused, by name. */
  get forgotten(): ReadonlyMap<string, number> {
    return this.#ledger.forgotten;
  }

  /** Warnings since the last call: rules that failed, state that had to be forgotten (a thousand more, once an hour). */
  takeWarnings(): readonly Warning[] {
    const total = this.#ledger.forgottenTotal;
    const { nowUs } = this.#tick;
    const isMuch = total - this.#forgottenTold >= FORGOTTEN_WORTH_TELLING;
    if (isMuch && nowUs - this.#forgottenToldUs >= TOLD_AGAIN_US) {
      this.#forgottenTold = total;
      this.#forgottenToldUs = nowUs;
      const names = [...this.#ledger.forgotten].map(([name, count]) => `${name}: ${count}`);
      this.#warnings.push({
        timeUs: nowUs,
        wallUs: nowUs,
        code: 'detection_state_forgotten',
        message: `detection reached a cap and forgot its oldest state (${names.join(', ')}); health.detectionStateForgotten counts on`,
      });
    }
    const warnings = this.#warnings;
    this.#warnings = [];
    return warnings;
  }

  #subscribe(running: RunningRule, definition: RuleDefinition): void {
    const { eventTypes, payloadClasses, readsSegments } = definition;
    const readsFirstBytes = payloadClasses?.includes(payloadClass.firstBytes) ?? true;
    if (eventTypes.includes('payload') && readsFirstBytes)
      (readsSegments ? this.#segmentRules : this.#messageRules).push(running);
    for (const type of eventTypes) {
      if (type === 'payload') {
        for (const [payload, rules] of this.#rulesByPayload.entries())
          if (payloadClasses?.includes(payload) ?? true) rules.push(running);
        continue;
      }
      const rules = this.#rulesByKernelEvent.get(type) ?? [];
      rules.push(running);
      this.#rulesByKernelEvent.set(type, rules);
    }
  }

  #rulesOf(kernelEvent: KernelEvent): readonly RunningRule[] {
    const rules =
      kernelEvent.type === 'payload'
        ? this.#rulesByPayload[kernelEvent.reason]
        : this.#rulesByKernelEvent.get(kernelEvent.type);
    return rules ?? noRules;
  }

  #runRules(
    rules: readonly RunningRule[],
    kernelEvent: KernelEvent,
    tick: Tick,
    report: Report,
  ): void {
    for (let i = 0; i < rules.length; i += 1)
      this.#runKernelEvent(rules[i]!, kernelEvent, tick, report);
  }

  #runKernelEvent(
    running: RunningRule,
    kernelEvent: KernelEvent,
    tick: Tick,
    report: Report,
  ): void {
    if (running.disabled) return;
    try {
      running.kernelEvent!(kernelEvent, tick, report);
    } catch (error) {
      this.#disable(running, error, tick.nowUs);
    }
  }

  #disable(running: RunningRule, error: unknown, nowUs: number): void {
    running.disabled = true;
    this.#warnings.push({
      timeUs: nowUs,
      wallUs: nowUs,
      code: 'detection_rule_failed',
      message: `rule ${running.name} failed and is off until the next start: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}

function isFirstBytesOfTcp(kernelEvent: KernelEvent): boolean {
  return (
    kernelEvent.type === 'payload' &&
    kernelEvent.reason === payloadClass.firstBytes &&
    kernelEvent.protocol === TCP
  );
}

function emptyInput(last: DetectionInput, nowUs: number): DetectionInput {
  return {
    ...last,
    nowUs: Math.max(nowUs, last.nowUs),
    flows: flowsWithoutTouched(last),
    kernelEvents: [],
    fragments: { packets: 0, bytes: 0 },
  };
}

function flowsWithoutTouched(input: DetectionInput): DetectionInput['flows'] {
  const view = Object.create(input.flows) as { -readonly [K in 'touchedCount']: number };
  view.touchedCount = 0;
  return view as DetectionInput['flows'];
}
