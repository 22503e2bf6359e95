// Renders the component tree to frames of cells, without a terminal: tests and the program use the same frames.
import { render } from 'ink';
import type { Screen } from '../state/screen.js';
import type { CellBuffer } from '../terminal/cell-buffer.js';
import { FrameStdout } from '../terminal/frame-stdout.js';
import { silentStdin } from '../terminal/silent-stdin.js';
import type { Rectangle } from '../widgets/canvas.js';
import { PaintContext, RegionRegistry } from '../widgets/painted.js';
import { App } from './app.js';
import { FrameComposer } from './frame-composer.js';

export interface FrameListeners {
  /** Ink has changed the layout: the next frame will differ. */
  readonly onChange: () => void;
  readonly onTablePlace: (place: Rectangle) => void;
  /** A component threw. */
  readonly onError: (error: unknown) => void;
}

export class ScreenFrames {
  private readonly registry = new RegionRegistry();
  private readonly stdout: FrameStdout;
  private readonly composer: FrameComposer;
  private readonly ink: ReturnType<typeof render>;

  constructor(screen: Screen, listeners: FrameListeners) {
    const { columns, rows } = screen.store.get();
    this.stdout = new FrameStdout(columns, rows, listeners.onChange);
    this.composer = new FrameComposer(this.registry, columns, rows);
    const stdout = this.stdout as unknown as NodeJS.WriteStream;
    this.ink = render(
      <PaintContext.Provider value={this.registry}>
        <App screen={screen} onTablePlace={listeners.onTablePlace} />
      </PaintContext.Provider>,
      {
        stdout,
        stderr: stdout,
        stdin: silentStdin() as unknown as NodeJS.ReadStream,
        // Whole frames, each in one write, immediately; none of Ink's terminal handling.
        debug: true,
        interactive: true,
        exitOnCtrlC: false,
        patchConsole: false,
      },
    );
    this.ink.waitUntilExit().catch(listeners.onError);
  }

  /** Belongs to us and is drawn over by the next call. */
  compose(): CellBuffer {
    return this.composer.compose(this.stdout.frame);
  }

  resize(columns: number, rows: number): void {
    this.composer.resize(columns, rows);
    this.stdout.resize(columns, rows);
  }

  unmount(): void {
    this.ink.unmount();
  }
}
