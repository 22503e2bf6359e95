// Two batches in turn: while the addon runs the frames of one through the programs, the other is filled.
import type { NativeSession } from '../../native/contract.js';
import { factRecordLayout } from '../../wire/layout.generated.js';
import { FrameBatch } from './frame-batch.js';

/** Facts of one tick that are kept for the rules; what comes on top is counted as lost. */
const factBytesMax = 64 << 20;

export class FrameRunner {
  private filling = new FrameBatch();
  private spare = new FrameBatch();
  private running: Promise<void> | null = null;
  private facts: ArrayBuffer[] = [];
  private factBytes = 0;
  factsLost = 0;

  constructor(private readonly session: NativeSession) {}

  get batch(): FrameBatch {
    return this.filling;
  }

  /** Hands over what has been filled; waits for the batch before it. */
  async run(): Promise<void> {
    await this.settle();
    if (this.filling.frames === 0) return;
    const handed = this.filling;
    this.filling = this.spare;
    this.spare = handed;
    this.filling.clear();
    this.running = this.runFrames(handed);
    // The failure is met by settle(); until then it must not count as unhandled.
    this.running.catch(() => undefined);
  }

  /** Waits until every frame that was handed over has been counted. */
  async settle(): Promise<void> {
    const { running } = this;
    this.running = null;
    await running;
  }

  takeFacts(): readonly ArrayBuffer[] {
    const { facts } = this;
    this.facts = [];
    this.factBytes = 0;
    return facts;
  }

  private async runFrames(batch: FrameBatch): Promise<void> {
    const { facts, lost } = await this.session.runFrames(batch.buffer, batch.length);
    this.factsLost += lost;
    if (facts.byteLength === 0) return;
    if (this.factBytes + facts.byteLength > factBytesMax) {
      this.factsLost += Math.ceil(facts.byteLength / factRecordLayout.size);
      return;
    }
    this.factBytes += facts.byteLength;
    this.facts.push(facts);
  }
}
