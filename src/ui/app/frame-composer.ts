// Composes a frame: Ink's layout, and over it what the painters draw into the boxes that components reserved.

import { CellBuffer } from '../terminal/cell-buffer.js';
import { drawInkFrame } from '../terminal/ink-frame.js';
import { Canvas } from '../widgets/canvas.js';
import { placeOf, type RegionRegistry } from '../widgets/painted.js';

export class FrameComposer {
  private base: CellBuffer;
  private frame: CellBuffer;
  private baseText = '';

  constructor(
    private readonly registry: RegionRegistry,
    columns: number,
    rows: number,
  ) {
    this.base = new CellBuffer(columns, rows);
    this.frame = new CellBuffer(columns, rows);
  }

  resize(columns: number, rows: number): void {
    this.base = new CellBuffer(columns, rows);
    this.frame = new CellBuffer(columns, rows);
    this.baseText = '';
  }

  /** The buffer belongs to the composer and is drawn over by the next call. */
  compose(inkFrame: string): CellBuffer {
    if (inkFrame !== this.baseText) {
      drawInkFrame(inkFrame, this.base);
      this.baseText = inkFrame;
    }
    this.frame.copyFrom(this.base);
    for (const region of this.registry.inOrder()) {
      const place = placeOf(region.node);
      if (place === null) continue;
      if (region.paint === null)
        this.frame.copyRectangle(this.base, place.left, place.top, place.width, place.height);
      else {
        region.onPlace?.(place);
        region.paint(new Canvas(this.frame, place));
      }
    }
    return this.frame;
  }
}
