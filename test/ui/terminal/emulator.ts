// A real screen model behind the bytes we send: what an xterm would show.
import { Unicode11Addon } from '@xterm/addon-unicode11';
import xterm from '@xterm/headless';

export interface EmulatedCell {
  readonly text: string;
  readonly width: number;
  readonly bold: boolean;
  readonly dim: boolean;
  readonly inverse: boolean;
  readonly underline: boolean;
  /** -1 = the terminal's own. */
  readonly foreground: number;
  readonly background: number;
}

export class Emulator {
  private readonly terminal: InstanceType<typeof xterm.Terminal>;

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {
    this.terminal = new xterm.Terminal({
      cols: columns,
      rows,
      allowProposedApi: true,
      scrollback: 0,
    });
    this.terminal.loadAddon(new Unicode11Addon());
    this.terminal.unicode.activeVersion = '11';
  }

  write(text: string): Promise<void> {
    return new Promise((resolve) => this.terminal.write(text, resolve));
  }

  cell(row: number, column: number): EmulatedCell {
    const cell = this.terminal.buffer.active.getLine(row)!.getCell(column)!;
    return {
      text: cell.getChars(),
      width: cell.getWidth(),
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
      inverse: cell.isInverse() !== 0,
      underline: cell.isUnderline() !== 0,
      foreground: cell.isFgDefault() ? -1 : cell.getFgColor(),
      background: cell.isBgDefault() ? -1 : cell.getBgColor(),
    };
  }

  line(row: number): string {
    return this.terminal.buffer.active.getLine(row)?.translateToString(false) ?? '';
  }

  lines(): string[] {
    return Array.from({ length: this.rows }, (_, row) => this.line(row));
  }

  dispose(): void {
    this.terminal.dispose();
  }
}
