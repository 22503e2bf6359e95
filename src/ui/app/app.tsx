// The screen's tree: React and Ink lay out the boxes, painters fill them. It renders again when the layout changes, not on ticks.
import { Box } from 'ink';
import type { ReactElement } from 'react';
import { paintAlertStrip } from '../panels/alert-strip.js';
import { paintAlertsScreen } from '../panels/alerts-screen.js';
import { paintDetail } from '../panels/detail.js';
import { paintFooter } from '../panels/footer.js';
import { paintFirstLine, paintHeader, paintTallRates } from '../panels/header.js';
import { Help } from '../panels/help.js';
import { Menu } from '../panels/menu.js';
import { paintProgramsScreen } from '../panels/programs-screen.js';
import { paintPrompt } from '../panels/prompt.js';
import { paintProtocols } from '../panels/protocol-strip.js';
import { paintRunStatus, statusSize } from '../panels/run-status.js';
import { paintTiny } from '../panels/tiny.js';
import type { Screen } from '../state/screen.js';
import { layoutKey, type ScreenLayout, screenLayout } from '../state/screen-layout.js';
import { paintTable } from '../table/flow-table.js';
import type { Canvas, Rectangle } from '../widgets/canvas.js';
import { Painted } from '../widgets/painted.js';
import { useSelected } from './use-selected.js';

const paintTallHeader = (canvas: Canvas, screen: Screen): void => {
  paintFirstLine(canvas.part(0, 0, canvas.width, 1), screen);
  const left = Math.max(60, Math.floor(canvas.width * 0.42));
  paintTallRates(canvas.part(0, 1, left, 4), screen);
  paintProtocols(canvas.part(left + 3, 1, canvas.width - left - 3, 4), screen);
};

const Header = ({ screen, layout }: { screen: Screen; layout: ScreenLayout }): ReactElement => (
  <>
    <Painted
      height={layout.headerRows}
      flexShrink={0}
      paint={(canvas) =>
        layout.tall ? paintTallHeader(canvas, screen) : paintHeader(canvas, screen)
      }
    />
    {layout.protocolRows > 0 ? (
      <Painted
        height={layout.protocolRows}
        flexShrink={0}
        paint={(canvas) => paintProtocols(canvas, screen)}
      />
    ) : null}
  </>
);

export interface AppProps {
  readonly screen: Screen;
  /** Where the table is: its head line, then rows of flows. */
  readonly onTablePlace: (place: Rectangle) => void;
}

const Body = ({
  screen,
  onTablePlace,
  layout,
}: AppProps & { layout: ScreenLayout }): ReactElement => {
  const alertsScreen = useSelected(screen.store, (state) => state.alertsScreen);
  const programsScreen = useSelected(screen.store, (state) => state.programsScreen);
  const { detail, detailSize } = layout;
  const pane = { flexShrink: 0, paint: (canvas: Canvas) => paintDetail(canvas, screen) };
  return (
    <Box
      flexDirection={detail === 'right' ? 'row' : 'column'}
      flexGrow={1}
      flexShrink={1}
      overflow="hidden"
    >
      {detail === 'full' ? null : programsScreen ? (
        <Painted
          key="programs"
          flexGrow={1}
          paint={(canvas) => paintProgramsScreen(canvas, screen)}
        />
      ) : alertsScreen ? (
        <Painted key="alerts" flexGrow={1} paint={(canvas) => paintAlertsScreen(canvas, screen)} />
      ) : (
        <Painted
          key="flows"
          flexGrow={1}
          paint={(canvas) => paintTable(canvas, screen)}
          onPlace={onTablePlace}
        />
      )}
      {detail === 'right' ? <Painted key="right" width={detailSize} {...pane} /> : null}
      {detail === 'bottom' ? <Painted key="bottom" height={detailSize} {...pane} /> : null}
      {detail === 'full' ? <Painted key="full" {...pane} flexGrow={1} /> : null}
    </Box>
  );
};

const RunStatus = ({ screen }: { screen: Screen }): ReactElement => {
  const { columns, rows } = screen.store.get();
  const { width, height } = statusSize(columns, rows);
  return (
    <Painted
      position="absolute"
      width={width}
      height={height}
      left={Math.floor((columns - width) / 2)}
      top={Math.floor((rows - height) / 2)}
      paint={(canvas) => paintRunStatus(canvas, screen)}
    />
  );
};

const Overlays = ({ screen }: { screen: Screen }): ReactElement | null => {
  const overlay = useSelected(screen.store, (state) => state.overlay);
  useSelected(screen.store, (state) => state.view);
  useSelected(screen.store, (state) => state.looks);
  if (overlay === null) return null;
  if (overlay.kind === 'run') return <RunStatus screen={screen} />;
  return overlay.kind === 'help' ? (
    <Help screen={screen} page={overlay.page} />
  ) : (
    <Menu screen={screen} menu={overlay.menu} index={overlay.index} />
  );
};

export const App = ({ screen, onTablePlace }: AppProps): ReactElement => {
  useSelected(screen.store, layoutKey);
  const state = screen.store.get();
  const layout = screenLayout(state);
  if (layout.tiny)
    return (
      <Painted
        width={state.columns}
        height={state.rows}
        paint={(canvas) => paintTiny(canvas, screen)}
      />
    );
  return (
    <Box flexDirection="column" width={state.columns} height={state.rows} overflow="hidden">
      <Header screen={screen} layout={layout} />
      <Body screen={screen} onTablePlace={onTablePlace} layout={layout} />
      {layout.alertRows > 0 ? (
        <Painted
          height={layout.alertRows}
          flexShrink={0}
          paint={(canvas) => paintAlertStrip(canvas, screen)}
        />
      ) : null}
      {layout.promptRows > 0 ? (
        <Painted
          height={layout.promptRows}
          flexShrink={0}
          paint={(canvas) => paintPrompt(canvas, screen)}
        />
      ) : null}
      {layout.footerRows > 0 ? (
        <Painted
          height={layout.footerRows}
          flexShrink={0}
          paint={(canvas) => paintFooter(canvas, screen)}
        />
      ) : null}
      <Overlays screen={screen} />
    </Box>
  );
};
