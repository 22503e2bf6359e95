// Between the monitor and the screen's state: asks for what is shown, adopts what comes, keeps rows calm.

import type { FlowRow } from '../../core/model/flow.js';
import type { FilterError, MonitorPort } from '../../core/model/monitor-port.js';
import type { Snapshot } from '../../core/model/snapshot.js';
import type { FlowView } from '../../core/model/view.js';
import { alertFilter } from './alert-filter.js';
import { withAlert } from './alert-order.js';
import { keepOrder, keyPauseMs, reorderPauseMs } from './flow-order.js';
import { feedPrograms } from './program-feed.js';
import type { Screen } from './screen.js';
import { alertFlowsMax, type FilterProblem, warningsMax } from './screen-state.js';
import { filterShift, flowView } from './view-query.js';

export interface FeedEnds {
  readonly onError: (error: Error) => void;
}

/** Rates are unstable in the first seconds: an order from then isn't worth keeping. */
const settlingSeconds = 10;
const settlingPauseMs = 900;

const rateFields = new Set(['rate', 'in', 'out']);

export class DataFeed {
  private lastReorderMs = 0;
  private reorderStep = -1;
  private lastKeyMs = 0;
  /** A different list is pending: old positions are invalid in it. */
  private listChanged = true;
  /** A snapshot was asked for: it is shown even while paused. */
  private pending = true;
  private lastList = '';
  /** Requested views without an answer yet: a snapshot may still be of an earlier view. */
  private unanswered = 0;
  private seenSinceAsked = false;
  private offset = 0;
  private lastRequest = '';
  private attempts = 0;
  private readonly unsubscribe: (() => void)[] = [];

  constructor(
    private readonly screen: Screen,
    private readonly port: MonitorPort,
  ) {}

  start(ends: FeedEnds): void {
    const { store } = this.screen;
    this.unsubscribe.push(
      this.port.on('snapshot', (snapshot) => this.onSnapshot(snapshot)),
      this.port.on('alert', (alert) =>
        store.update({ alerts: withAlert(store.get().alerts, alert) }),
      ),
      this.port.on('warning', (warning) => {
        const warnings = [...store.get().warnings, warning].slice(-warningsMax);
        store.update({ warnings });
        this.screen.say(warning.message, 'warning');
      }),
      this.port.on('interfaces', (interfaces) => store.update({ interfaces })),
      this.port.on('end', () => {
        store.update({ ended: true });
        // Rates are now means over the run: the order by rate differs.
        void this.request();
      }),
      this.port.on('error', (error) => ends.onError(error)),
      ...feedPrograms(store, this.port),
    );
    void this.begin();
  }

  /** The first view: a filter from the settings file may be wrong, and then there is none. */
  private async begin(): Promise<void> {
    const { store } = this.screen;
    const { view } = store.get();
    if (view.filter === '') {
      await this.request();
      return;
    }
    store.update({ view: { ...view, filter: '' } });
    const problem = await this.tryFilter(view.filter);
    if (problem !== null && problem !== 'superseded')
      this.screen.say(`filter "${view.filter}": ${problem.message}`, 'error');
  }

  stop(): void {
    for (const leave of this.unsubscribe.splice(0)) leave();
  }

  keyPressed(): void {
    this.lastKeyMs = this.screen.clock.boottimeMs();
  }

  /** Asks for the view as the state has it, unless that is what was asked for last. */
  async request(): Promise<void> {
    await this.ask(flowView(this.screen.store.get(), this.screen.flows));
  }

  /**
   * A filter that is being typed: it enters the state once the monitor accepts it, else the last valid one stays. 'superseded' when another
   * one was tried before the answer came.
   */
  async tryFilter(filter: string): Promise<FilterProblem | 'superseded' | null> {
    const { store, flows } = this.screen;
    const mine = ++this.attempts;
    const state = store.get();
    const view = { ...state.view, filter };
    const error = await this.ask(flowView({ ...state, view }, flows));
    if (mine !== this.attempts) return 'superseded';
    if (error === null) {
      store.update({ view: { ...store.get().view, filter } });
      // After Enter a row may have been chosen already: it stays chosen.
      if (store.get().prompt !== null) flows.reset();
    }
    // Requests made meanwhile had the old filter; after an error the valid one is requested again.
    void this.request();
    return error === null
      ? null
      : { ...error, position: Math.max(0, error.position - filterShift(view)) };
  }

  /** The answer to a filter that was tried doesn't matter any more. */
  forgetAttempt(): void {
    this.attempts++;
  }

  private async ask(view: FlowView): Promise<FilterError | null> {
    const text = JSON.stringify(view);
    if (text === this.lastRequest) return null;
    this.lastRequest = text;
    const { filter, sort, groupBy, offset } = view;
    const list = JSON.stringify({ filter, sort, groupBy, offset });
    if (list !== this.lastList) this.listChanged = true;
    this.lastList = list;
    this.pending = true;
    this.offset = offset;
    this.unanswered++;
    this.seenSinceAsked = false;
    const error = await this.port.setView(view);
    this.unanswered--;
    // The snapshot of a view arrives before its answer: after the last answer the list is the requested one.
    if (this.unanswered === 0 && this.seenSinceAsked) this.markAnswered();
    if (error !== null && this.lastRequest === text) {
      // It was refused: nothing will come, and the same may be asked again.
      this.lastRequest = '';
      this.pending = false;
    }
    return error;
  }

  async refreshDetail(): Promise<void> {
    const { store } = this.screen;
    const { detail } = store.get();
    if (detail?.kind === 'alert') await this.refreshAlertFlows(detail.id);
    if (detail?.kind !== 'flow') return;
    const data = await this.port.flowDetail(detail.id);
    const now = store.get().detail;
    if (now?.kind !== 'flow' || now.id !== detail.id) return;
    store.update({ detail: { ...now, data: data ?? now.data, gone: data === null } });
  }

  private async refreshAlertFlows(id: string): Promise<void> {
    const { store } = this.screen;
    const alert = store.get().alerts.find((one) => one.id === id);
    const filter = alert === undefined ? '' : alertFilter(alert);
    if (filter === '') return;
    const fresh = await this.port.flowsMatching(filter, alertFlowsMax);
    const now = store.get().detail;
    if (now?.kind !== 'alert' || now.id !== id) return;
    // Rows keep their positions under the cursor; new rows are appended.
    const flows =
      now.flows === null
        ? fresh
        : keepOrder(
            fresh,
            now.flows.map((row) => row.id),
          );
    store.update({ detail: { ...now, flows } });
  }

  /** The rows on the screen are not all loaded: scrolled far. */
  requestIfOutside(): void {
    if (this.screen.flows.outside()) void this.request();
  }

  private markAnswered(): void {
    this.listChanged = false;
    this.pending = false;
  }

  private onSnapshot(snapshot: Snapshot): void {
    const { store, flows, traffic, clock } = this.screen;
    const state = store.get();
    if (state.pausedFor !== null && !this.pending) {
      store.update({ pausedFor: state.pausedFor + 1 });
      return;
    }
    traffic.watch(state.view.interface);
    traffic.adopt(snapshot);
    const now = clock.boottimeMs();
    // Rows change places when their sparklines step: what moves is written once.
    const step = traffic.rows.stepAt(snapshot.elapsedSeconds);
    const due =
      snapshot.elapsedSeconds < settlingSeconds
        ? now - this.lastReorderMs >= settlingPauseMs
        : step !== this.reorderStep && now - this.lastReorderMs >= reorderPauseMs / 2;
    const calm = due && now - this.lastKeyMs >= keyPauseMs;
    const reorder = calm && !state.frozen;
    if (reorder || this.listChanged) {
      this.lastReorderMs = now;
      this.reorderStep = step;
    }
    flows.adopt(snapshot, {
      pinned: state.pinned,
      openGroups: state.openGroups,
      reorder,
      listChanged: this.listChanged,
      following: state.following,
      rateOf: rateFields.has(state.view.sort.field) && state.view.sort.descending ? rateOf : null,
      offset: this.offset,
    });
    this.seenSinceAsked = true;
    if (this.unanswered === 0) this.markAnswered();
    store.update({
      snapshot,
      alerts: snapshot.alerts,
      interfaces: snapshot.interfaceStates,
      ended: state.ended || snapshot.final,
    });
    if (state.detail !== null) void this.refreshDetail();
  }
}

const rateOf = (row: FlowRow): number => row.smoothedBitsPerSecond;
