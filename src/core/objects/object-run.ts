// A user's object in a run: follows the watched interfaces, reloads when its file changes, and reports in each tick.

import { ExpectedError } from '../errors/expected-error.js';
import type { CustomReport } from '../model/custom.js';
import type { Warning } from '../model/snapshot.js';
import type { ReloadResult } from '../model/user-map.js';
import type { ObjectFile } from './object-file.js';
import { type Sighting, WatchedObject } from './object-reader.js';
import type { UserObject } from './user-object.js';

export interface ObservedInterface {
  readonly name: string;
  readonly index: number;
  readonly present: boolean;
}

export interface ObjectRunOptions {
  readonly object: UserObject;
  /** The file to follow; null: it is loaded once. */
  readonly watchedPath: string | null;
  readonly wallUs: () => number;
}

export interface ObjectTick {
  readonly report: CustomReport;
  readonly warnings: readonly Warning[];
}

export class ObjectRun {
  readonly object: UserObject;
  readonly #watched: WatchedObject | null;
  readonly #wallUs: () => number;
  readonly #known = new Set<number>();
  #warnings: Warning[] = [];

  constructor({ object, watchedPath, wallUs }: ObjectRunOptions) {
    this.object = object;
    this.#watched = watchedPath === null ? null : new WatchedObject(watchedPath);
    this.#wallUs = wallUs;
  }

  /** Attaches to the interfaces that the run begins with. Throws ExpectedError. */
  start(interfaces: readonly ObservedInterface[]): void {
    for (const one of interfaces) {
      if (!one.present) continue;
      this.object.attach(one);
      this.#known.add(one.index);
    }
  }

  /** Call it between two drains. */
  async tick(interfaces: readonly ObservedInterface[]): Promise<ObjectTick> {
    this.#follow(interfaces);
    await this.#look(interfaces);
    const report = await this.object.report();
    const warnings = this.#warnings;
    this.#warnings = [];
    return { report, warnings };
  }

  /** Throws ExpectedError; then the old version goes on. */
  async reload(file: ObjectFile): Promise<ReloadResult> {
    const result = await this.object.reload(file);
    const fresh = result.changed.length > 0 ? `; began empty: ${result.changed.join(', ')}` : '';
    this.#warn(
      'object_reloaded',
      `${file.label} was reloaded; kept: ${result.kept.join(', ') || 'no maps'}${fresh}`,
    );
    return result;
  }

  #follow(interfaces: readonly ObservedInterface[]): void {
    for (const one of interfaces) {
      if (!one.present && this.#known.delete(one.index)) this.object.forget(one.index);
      if (one.present && !this.#known.has(one.index)) this.#attach(one);
    }
  }

  #attach(one: ObservedInterface): void {
    this.#known.add(one.index);
    try {
      this.object.attach(one);
    } catch (error) {
      this.#warn('object_not_attached', messageOf(error));
    }
  }

  async #look(interfaces: readonly ObservedInterface[]): Promise<void> {
    const sighting: Sighting = this.#watched?.look() ?? { kind: 'same' };
    if (sighting.kind === 'same') return;
    try {
      if (sighting.kind === 'broken') throw sighting.error;
      await this.reload(sighting.file);
    } catch (error) {
      this.#warn('reload_failed', `the old version goes on: ${messageOf(error)}`);
      return;
    }
    // A new version may have programs that the old one hadn't.
    for (const one of interfaces) if (one.present) this.#attach(one);
  }

  #warn(code: string, message: string): void {
    this.#warnings.push({ timeUs: this.#wallUs(), code, message });
  }

  close(): void {
    this.object.close();
  }
}

const messageOf = (error: unknown) =>
  error instanceof ExpectedError
    ? `${error.message} (${error.advice})`
    : error instanceof Error
      ? error.message
      : String(error);
