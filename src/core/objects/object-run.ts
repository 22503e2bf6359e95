// A user's object in a run: follows the watched interfaces, reloads when its file changes, and reports in each tick.

import { ExpectedError } from '../errors/expected-error.js';
import type { Moment, Timers } from '../model/clock.js';
import type { CustomEvent } from '../model/custom.js';
import type { Warning } from '../model/snapshot.js';
import type { ReloadResult } from '../model/user-map.js';
import type { RefusedProgram } from './host-attachments.js';
import type { ObjectFile } from './object-file.js';
import { refusedText } from './program-choice.js';
import type { ObjectReport, UserObject } from './user-object.js';
import { WatchedObject } from './watched-object.js';

/** A poll is one system call; a recompiled object is loaded within a second. */
const lookEveryMs = 200;

export interface ObservedInterface {
  readonly name: string;
  readonly index: number;
  readonly present: boolean;
}

export interface ObjectRunOptions extends Timers {
  readonly object: UserObject;
  /** The file to follow; null: it is loaded once. */
  readonly watchedPath: string | null;
  readonly now: () => Moment;
}

export interface ObjectListeners {
  readonly onEvent: (event: CustomEvent) => void;
  readonly onWarning: (warning: Warning) => void;
}

export class ObjectRun {
  readonly object: UserObject;
  readonly #watched: WatchedObject | null;
  readonly #options: ObjectRunOptions;
  readonly #known = new Set<number>();
  #interfaces: readonly ObservedInterface[] = [];
  #listeners: ObjectListeners | null = null;
  #stopLooking: (() => void) | null = null;
  /** Serializes reports and reloads: a report reads maps that a reload may close. */
  #turn: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: ObjectRunOptions) {
    const { object, watchedPath } = options;
    this.object = object;
    this.#options = options;
    this.#watched = watchedPath === null ? null : new WatchedObject(watchedPath, object.bytes);
  }

  listen(listeners: ObjectListeners): void {
    this.#listeners = listeners;
    this.object.onEvent(listeners.onEvent);
  }

  /**
   * Attaches to the host and to the run's initial interfaces. Returns what could not be attached, for the caller to report. Throws
   * ExpectedError.
   */
  start(interfaces: readonly ObservedInterface[]): readonly Warning[] {
    this.#interfaces = interfaces;
    for (const observed of interfaces) {
      if (!observed.present) continue;
      this.object.attach(observed);
      this.#known.add(observed.index);
    }
    const refused = this.object.attachToHost();
    if (this.#watched) this.#lookLater(this.#watched);
    return refused.map((refusal) => this.#notAttached(refusal));
  }

  #notAttached(refused: RefusedProgram): Warning {
    const message = `${this.object.label}: ${refusedText(refused)}`;
    return { ...this.#options.now(), code: 'object_not_attached', message };
  }

  /** `last`: rings end with this report. */
  async tick(interfaces: readonly ObservedInterface[], last = false): Promise<ObjectReport> {
    this.#interfaces = interfaces;
    return this.#inTurn(() => {
      this.#follow();
      return this.object.report(last);
    });
  }

  /** Throws ExpectedError; then the old version keeps running. */
  reload(file: ObjectFile): Promise<ReloadResult> {
    return this.#inTurn(async () => {
      const result = await this.object.reload(file);
      const fresh = result.changed.length > 0 ? `; began empty: ${result.changed.join(', ')}` : '';
      this.#warn(
        'object_reloaded',
        `${file.label} was reloaded; kept: ${result.kept.join(', ') || 'no maps'}${fresh}`,
      );
      // A new version may have programs that the old one hadn't.
      for (const observed of this.#interfaces) if (observed.present) this.#attach(observed);
      for (const refused of this.object.attachToHost()) {
        this.#listeners?.onWarning(this.#notAttached(refused));
      }
      return result;
    });
  }

  #inTurn<Result>(action: () => Promise<Result>): Promise<Result> {
    const mine = this.#turn.then(action);
    this.#turn = mine.catch(() => {
      // The caller gets the result by `mine`; the next caller has its own turn.
    });
    return mine;
  }

  #follow(): void {
    for (const observed of this.#interfaces) {
      if (!observed.present && this.#known.delete(observed.index))
        this.object.forget(observed.index);
      if (observed.present && !this.#known.has(observed.index)) this.#attach(observed);
    }
  }

  #attach(observed: ObservedInterface): void {
    this.#known.add(observed.index);
    try {
      this.object.attach(observed);
    } catch (error) {
      this.#warn('object_not_attached', messageOf(error));
    }
  }

  #lookLater(watched: WatchedObject): void {
    this.#stopLooking = this.#options.after(lookEveryMs, () => {
      this.#look(watched).then(() => {
        if (!this.#closed) this.#lookLater(watched);
      });
    });
  }

  /** Never rejects: what can't be loaded is a warning. */
  async #look(watched: WatchedObject): Promise<void> {
    const sighting = watched.look();
    try {
      if (sighting.kind === 'broken') throw sighting.error;
      if (sighting.kind === 'new') await this.reload(sighting.file);
      if (sighting.kind === 'gone')
        this.#warn('object_gone', `${watched.path} is gone; the version that is loaded goes on`);
    } catch (error) {
      if (!this.#closed)
        this.#warn('reload_failed', `the old version goes on: ${messageOf(error)}`);
    }
  }

  #warn(code: string, message: string): void {
    this.#listeners?.onWarning({ ...this.#options.now(), code, message });
  }

  close(): void {
    this.#closed = true;
    this.#stopLooking?.();
    this.object.close();
  }
}

const messageOf = (error: unknown) =>
  error instanceof ExpectedError
    ? `${error.message} (${error.advice})`
    : error instanceof Error
      ? error.message
      : String(error);
