// Two batches in turn: while the addon runs the frames of one through the programs, the other is filled.
import type { NativeSession } from '../../native/contract.js';
import { eventRecordLayout } from '../../wire/layout.generated.js';
import { FrameBatch } from './frame-batch.js';

/** Kernel events of one tick that are kept for the rules; any excess is counted as lost. */
const kernelEventBytesMax = 64 << 20;

export class FrameRunner {
  private filling = new FrameBatch();
  private spare = new FrameBatch();
  private running: Promise<void> | null = null;
  private kernelEvents: ArrayBuffer[] = [];
  private kernelEventBytes = 0;
  kernelEventsLost = 0;

  constructor(private readonly session: NativeSession) {}

  get batch(): FrameBatch {
    return this.filling;
  }

  /** Runs the filled batch; waits for the previous one. */
  async run(): Promise<void> {
    await this.finish();
    if (this.filling.frames === 0) return;
    const handed = this.filling;
    this.filling = this.spare;
    this.spare = handed;
    this.filling.clear();
    this.running = this.runFrames(handed);
    // The failure is handled by finish(); until then it must not count as unhandled.
    this.running.catch(() => undefined);
  }

  /** Waits until every submitted frame has been counted. */
  async finish(): Promise<void> {
    const { running } = this;
    this.running = null;
    await running;
  }

  takeKernelEvents(): readonly ArrayBuffer[] {
    const { kernelEvents } = this;
    this.kernelEvents = [];
    this.kernelEventBytes = 0;
    return kernelEvents;
  }

  private async runFrames(batch: FrameBatch): Promise<void> {
    const { events: kernelEvents, lost } = await this.session.runFrames(batch.buffer, batch.length);
    this.kernelEventsLost += lost;
    if (kernelEvents.byteLength === 0) return;
    if (this.kernelEventBytes + kernelEvents.byteLength > kernelEventBytesMax) {
      this.kernelEventsLost += Math.ceil(kernelEvents.byteLength / eventRecordLayout.size);
      return;
    }
    this.kernelEventBytes += kernelEvents.byteLength;
    this.kernelEvents.push(kernelEvents);
  }
}
