// Divides the terminal's rows and columns between panes: a pure function of size and state.
import { stripAlerts } from './alert-order.js';
import type { ScreenState } from './screen-state.js';

/** Rule and lines: 3, 5 or 8 alerts by height, none under 16 rows. */
const stripHeight = (state: ScreenState): number => {
  if (state.rows < 16) return 0;
  const most = state.rows >= 50 ? 8 : state.rows >= 36 ? 5 : 3;
  const count = Math.min(most, stripAlerts(state).length);
  return count === 0 ? 0 : count + 1;
};

export type DetailPlace = 'none' | 'right' | 'bottom' | 'full';

export interface ScreenLayout {
  /** Too small for a table: two numbers on one line. */
  readonly tiny: boolean;
  readonly headerRows: number;
  /** 0: the protocols stand in the header, or nowhere. */
  readonly protocolRows: number;
  /** Wide screens: rates left, protocols right, under the first line. */
  readonly tall: boolean;
  readonly alertRows: number;
  readonly footerRows: number;
  readonly promptRows: number;
  readonly detail: DetailPlace;
  readonly detailSize: number;
}

const tinyColumns = 20;
const tinyRows = 5;

const detailPlace = (state: ScreenState): DetailPlace => {
  if (state.detail === null) return 'none';
  if (state.columns < 80 || state.rows < 20) return 'full';
  return state.columns >= 160 ? 'right' : 'bottom';
};

export const screenLayout = (state: ScreenState): ScreenLayout => {
  const tiny = state.columns < tinyColumns || state.rows < tinyRows;
  const tall = state.columns >= 160 && state.rows >= 50;
  const detail = detailPlace(state);
  const low = state.rows < 12;
  const wide = state.columns >= 100 && state.rows >= 20;
  return {
    tiny,
    tall,
    headerRows: tall ? 5 : wide ? 2 : 1,
    protocolRows: tall || low ? 0 : 1,
    alertRows: detail === 'full' || state.alertsScreen ? 0 : stripHeight(state),
    footerRows: state.prompt === null ? 1 : 0,
    promptRows: state.prompt === null ? 0 : low ? 1 : 2,
    detail,
    detailSize:
      detail === 'right'
        ? Math.max(64, Math.floor(state.columns * 0.36))
        : Math.min(14, Math.floor(state.rows * 0.48)),
  };
};

/** Components render again when this changes: the same words for the same layout. */
export const layoutKey = (state: ScreenState): string =>
  `${state.columns}x${state.rows} ${JSON.stringify(screenLayout(state))}`;
