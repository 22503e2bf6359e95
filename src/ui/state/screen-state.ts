// The screen's state between two keys. Immutable: updates create a new state through the store.
import type { Alert } from '../../core/model/alert.js';
import type { FlowRow } from '../../core/model/flow.js';
import type { FlowDetail } from '../../core/model/monitor-port.js';
import type { InterfaceState, Snapshot, Warning } from '../../core/model/snapshot.js';
import type { SortOrder } from '../../core/model/view.js';
import type { GraphKind } from '../widgets/graph.js';
import { noPrograms, type ProgramsView } from './programs-view.js';
import type { PromptState } from './prompt.js';
import type { Rights } from './rights.js';

export interface ViewChoice {
  /** As typed and applied; '' = all. */
  readonly filter: string;
  readonly sort: SortOrder;
  readonly groupBy: readonly string[];
  /** null: all that are watched. */
  readonly interface: string | null;
  /** Column ids in order; null: chosen by width. */
  readonly columns: readonly string[] | null;
}

export interface DisplayOptions {
  readonly units: 'bits' | 'bytes';
  /** Longer addresses in place of the columns behind them. */
  readonly wide: boolean;
  readonly theme: string;
  /** What the detail of a flow draws its rates with. */
  readonly graph: GraphKind;
}

export interface MenuItem {
  readonly key: string;
  readonly label: string;
  readonly note: string;
  readonly checked: boolean | null;
}
export type MenuKind = 'sort' | 'group' | 'columns' | 'views' | 'themes';

export type Overlay =
  | { readonly kind: 'help'; readonly page: number }
  | { readonly kind: 'run'; readonly top: number }
  | { readonly kind: 'menu'; readonly menu: MenuKind; readonly index: number };

export type Prompt =
  | {
      readonly kind: 'filter';
      readonly line: PromptState;
      readonly error: FilterProblem | null;
      /** The text that `error` is about: the answer to a newer text may be pending. */
      readonly judged: string;
      /** What Esc brings back. */
      readonly before: string;
    }
  | { readonly kind: 'interval' | 'viewName'; readonly line: PromptState; readonly error: string };

export interface FilterProblem {
  readonly position: number;
  readonly length: number;
  readonly message: string;
  readonly hint: string | null;
}

export type Detail =
  | {
      readonly kind: 'flow';
      readonly id: number;
      readonly data: FlowDetail | null;
      readonly gone: boolean;
      /** The alert whose flows it was opened from: target of "back". */
      readonly fromAlert: string | null;
    }
  | {
      readonly kind: 'alert';
      readonly id: string;
      /** Its flows; null: not requested yet, or it names no host. */
      readonly flows: readonly FlowRow[] | null;
      /** Which of them has the cursor, while the pane has the focus. */
      readonly index: number;
    };

export interface Message {
  readonly text: string;
  readonly level: 'note' | 'warning' | 'error';
  readonly untilMs: number;
}

export interface SavedView extends ViewChoice {
  readonly name: string;
}

export interface ScreenState {
  readonly columns: number;
  readonly rows: number;
  readonly snapshot: Snapshot | null;
  readonly interfaces: readonly InterfaceState[];
  readonly alerts: readonly Alert[];
  readonly acknowledged: ReadonlySet<string>;
  /** Alert id → until when, microseconds since 1970. */
  readonly muted: ReadonlyMap<string, number>;
  readonly warnings: readonly Warning[];
  readonly view: ViewChoice;
  readonly looks: DisplayOptions;
  readonly intervalSeconds: number;
  /** null while running; else how many snapshots came since. */
  readonly pausedFor: number | null;
  readonly frozen: boolean;
  readonly following: boolean;
  readonly pinned: readonly number[];
  readonly openGroups: readonly string[];
  readonly focus: 'flows' | 'alerts' | 'detail';
  /** The cell of the selected row that `=` and `!` use: a column id. */
  readonly cellColumn: string | null;
  readonly alertsScreen: boolean;
  readonly alertIndex: number;
  readonly programsScreen: boolean;
  /** The first line of the programs panel that is shown. */
  readonly programsTop: number;
  readonly programs: ProgramsView;
  readonly detail: Detail | null;
  readonly overlay: Overlay | null;
  readonly prompt: Prompt | null;
  readonly filterHistory: readonly string[];
  readonly savedViews: readonly SavedView[];
  readonly message: Message | null;
  readonly ended: boolean;
  readonly rights: Rights | null;
}

/** Filters worth keeping: more than anybody scrolls back through. */
export const filterHistoryMax = 50;
export const warningsMax = 100;
export const pinnedMax = 20;

export const defaultView: ViewChoice = {
  filter: '',
  sort: { field: 'rate', descending: true },
  groupBy: [],
  interface: null,
  columns: null,
};
export const defaultDisplayOptions: DisplayOptions = {
  units: 'bits',
  wide: false,
  theme: 'terminal',
  graph: 'blocks',
};

export const initialState = (columns: number, rows: number): ScreenState => ({
  columns,
  rows,
  snapshot: null,
  interfaces: [],
  alerts: [],
  acknowledged: new Set(),
  muted: new Map(),
  warnings: [],
  view: defaultView,
  looks: defaultDisplayOptions,
  intervalSeconds: 1,
  pausedFor: null,
  frozen: false,
  following: false,
  pinned: [],
  openGroups: [],
  focus: 'flows',
  cellColumn: null,
  alertsScreen: false,
  alertIndex: 0,
  programsScreen: false,
  programsTop: 0,
  programs: noPrograms,
  detail: null,
  overlay: null,
  prompt: null,
  filterHistory: [],
  savedViews: [],
  message: null,
  ended: false,
  rights: null,
});

/** Flows of an alert that are requested: the detail lists no more, and `y` shows all of them in the table. */
export const alertFlowsMax = 100;
