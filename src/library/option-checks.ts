// What JavaScript lets through: options that don't exist, or aren't of their type, told before anything is loaded.
import { ExpectedError } from '../core/errors/expected-error.js';
import { findSortField, sortNames } from '../core/flows/fields.js';
import { compileFilter } from '../core/flows/filter/compile-filter.js';
import { filterFailure } from '../core/flows/filter/filter-failure.js';
import { nearest } from '../core/format/nearest.js';
import type { NetworkMonitorOptions } from './monitor-options.js';

const wrong = (message: string, advice: string) =>
  new ExpectedError(message, { status: 2, advice });

const shown = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
};

type Check = (name: string, value: unknown) => void;

const oneOf =
  (...words: readonly string[]): Check =>
  (name, value) => {
    if (!words.includes(value as string))
      throw wrong(`${name} is ${shown(value)}`, `It must be one of: ${words.join(', ')}`);
  };

/** `most` infinite: as much as you like. */
const number =
  (least: number, most: number, whole = false): Check =>
  (name, value) => {
    if (typeof value === 'number' && value >= least && value <= most) {
      if (!whole || Number.isInteger(value) || value === Infinity) return;
    }
    const range = most === Infinity ? `${least} or more` : `${least} to ${most}`;
    throw wrong(
      `${name} is ${shown(value)}`,
      `It must be a ${whole ? 'whole ' : ''}number: ${range}`,
    );
  };

const boolean: Check = (name, value) => {
  if (typeof value !== 'boolean')
    throw wrong(`${name} is ${shown(value)}`, 'It must be true or false');
};

const interfaces: Check = (name, value) => {
  if (!Array.isArray(value) || value.some((one) => typeof one !== 'string'))
    throw wrong(`${name} is ${shown(value)}`, "It must be an array of names, e.g. ['eth0']");
};

const filter: Check = (name, value) => {
  if (typeof value !== 'string') throw wrong(`${name} is ${shown(value)}`, 'It must be a string');
  const compiled = compileFilter(value);
  if (!compiled.ok) throw filterFailure(compiled.error);
};

const sort: Check = (name, value) => {
  if (typeof value === 'string' && findSortField(value)) return;
  const near = typeof value === 'string' ? nearest(value.toLowerCase(), sortNames) : null;
  throw wrong(
    `${name} is ${shown(value)}: there is no such column`,
    `${near ? `Did you mean ${near}? ` : ''}Columns: ${sortNames.join(', ')}`,
  );
};

const detection: Check = (name, value) => {
  if (typeof value !== 'boolean' && (typeof value !== 'object' || value === null))
    throw wrong(
      `${name} is ${shown(value)}`,
      'It must be true, false, or an object as `detection` in the settings file',
    );
};

const signal: Check = (name, value) => {
  if (!(value instanceof AbortSignal))
    throw wrong(`${name} is ${shown(value)}`, 'It must be an AbortSignal');
};

const checks: Readonly<Record<keyof NetworkMonitorOptions, Check>> = {
  interfaces,
  ingress: oneOf('auto', 'xdp', 'xdp-generic', 'tc'),
  egress: oneOf('tc', 'off'),
  intervalSeconds: number(0.1, 60),
  filter,
  sort,
  descending: boolean,
  limit: number(0, Infinity, true),
  maxFlows: number(1024, 4_194_304, true),
  flowTimeoutSeconds: number(0, Infinity),
  tunnels: oneOf('inner', 'outer'),
  detection,
  packetSamples: number(0, 10_000, true),
  watch: boolean,
  signal,
};

/** Throws an ExpectedError (status 2) for the first option that is wrong; `undefined` is as if it were not there. */
export function checkOptions(options: Partial<NetworkMonitorOptions>): void {
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name)
      ? checks[name as keyof NetworkMonitorOptions]
      : undefined;
    if (!check) {
      const near = nearest(name, Object.keys(checks));
      throw wrong(
        `there is no option ${shown(name)}`,
        near ? `Did you mean ${near}?` : `Options: ${Object.keys(checks).join(', ')}`,
      );
    }
    if (value !== undefined) check(name, value);
  }
}
