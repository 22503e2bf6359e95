// The source that reads a capture file: its frames go through the kernel's programs, ticks follow the capture's own clock.
import { basename } from 'node:path';
import { ExpectedError } from '../errors/expected-error.js';
import type { Warning } from '../model/snapshot.js';
import type { NativeReloadable, NativeSession } from '../native/contract.js';
import { CaptureClock } from './pcap/capture-clock.js';
import { CaptureInterfaces } from './pcap/capture-interfaces.js';
import { type CaptureFault, emptyRecord } from './pcap/capture-record.js';
import { FrameRunner } from './pcap/frame-runner.js';
import { type OpenCapture, openCapture } from './pcap/open-capture.js';
import { PcapngReader } from './pcap/pcapng.js';
import { cleanName } from './pcap/pcapng-options.js';
import type {
  Source,
  SourceCost,
  SourceInterface,
  SourcePrograms,
  SourceStart,
  SourceTick,
} from './source.js';

export interface CaptureProgress {
  /** Bytes of the file that have been read, of `totalBytes` (null: a pipe). */
  readonly readBytes: number;
  readonly totalBytes: number | null;
  readonly packets: number;
}

export interface CaptureSourceOptions {
  /** '-' reads the standard input. */
  readonly path: string;
  /** Loads the programs with so many interface slots; throws an ExpectedError where it cannot. */
  readonly createSession: (interfaceSlots: number) => NativeSession;
  /** Called after each batch of some thousand frames. */
  readonly onProgress?: (progress: CaptureProgress) => void;
}

/** Interfaces of a pcapng file that are counted apart; a slot more costs 9 KB in each drain. */
const pcapngSlots = 64;
/** Warnings of jumps in time, one each. */
const JUMPS_REPORTED_MAX = 16;

type Step = 'record' | 'end';

export class CaptureSource implements Source, SourcePrograms {
  readonly pacing = 'immediate';
  readonly programs = this;
  private readonly record = emptyRecord();
  private readonly clock = new CaptureClock();
  private capturing: OpenCapture | null = null;
  private session: NativeSession | null = null;
  private runner: FrameRunner | null = null;
  private made: CaptureInterfaces | null = null;
  private fault: CaptureFault | null = null;
  /** The current record has been read but belongs to a later tick. */
  private step: Step = 'end';
  private packets = 0;
  private jumpsReported = 0;
  private implausibleTimes = 0;
  private readonly warnedCodes = new Set<string>();

  constructor(private readonly options: CaptureSourceOptions) {}

  async start(): Promise<SourceStart> {
    const capture = await openCapture(this.options.path);
    this.capturing = capture;
    this.step = await this.read();
    const slots = capture.reader instanceof PcapngReader ? pcapngSlots : 1;
    const session = this.options.createSession(slots);
    this.session = session;
    this.runner = new FrameRunner(session);
    this.made = new CaptureInterfaces(this.fileName(), slots, (index, slot, linkKind) =>
      session.setInterface(index, slot, linkKind, false),
    );
    for (const description of capture.reader.described) this.made.destination(description);
    // Without a first time (no packet, or one of a kind without time) the file's own has to do.
    this.clock.begin(capture.modifiedUs);
    if (this.step === 'record') this.clock.begin(this.recordTimeUs());
    const { firstUs } = this.clock;
    return { timeUs: firstUs, wallUs: firstUs, warnings: [] };
  }

  interfaces(): readonly SourceInterface[] {
    return this.made?.list() ?? [];
  }

  async pull(intervalSeconds: number, reuse: ArrayBuffer | undefined): Promise<SourceTick | null> {
    const { runner, session, made } = this;
    if (runner === null || session === null || made === null) {
      throw new Error('the capture has not been started');
    }
    const { fault } = this;
    if (this.step === 'end' && fault === null) return null;
    const { jumps } = this.clock;
    if (this.step === 'record') {
      this.clock.nextTick(this.recordTimeUs(), intervalSeconds);
      await this.runTick(runner, made);
    }
    await runner.run();
    await runner.finish();
    const batch = await session.drain(reuse);
    const ended = this.step === 'end';
    const cut = ended || this.clock.jumpsBack(this.recordTimeUs());
    const timeUs = cut ? this.clock.latestUs : this.clock.endOfTickUs;
    const tick: SourceTick = {
      batch,
      kernelEvents: runner.takeKernelEvents(),
      kernelEventsLost: runner.kernelEventsLost,
      timeUs,
      wallUs: timeUs,
      ...(this.clock.jumps > jumps && { segmentStartUs: this.clock.firstUs }),
      intervalSeconds,
      warnings: this.warnings(),
      ...(ended && this.fault !== null && { fault: this.faultError(this.fault) }),
    };
    if (ended) this.fault = null;
    return tick;
  }

  cost(): SourceCost {
    return { mapBytes: this.session?.mapBytes ?? 0 };
  }

  get loaded(): NativeReloadable | null {
    return this.session;
  }

  async close(): Promise<void> {
    const { capturing, runner, session } = this;
    this.capturing = null;
    this.session = null;
    this.runner = null;
    try {
      await runner?.finish();
    } finally {
      session?.close();
      await capturing?.file.close();
    }
  }

  /** Reads and runs records until the tick is over or the file is. */
  private async runTick(runner: FrameRunner, made: CaptureInterfaces): Promise<void> {
    const { record, clock } = this;
    while (this.step === 'record') {
      const timeUs = this.recordTimeUs();
      if (!clock.belongs(timeUs)) return;
      clock.saw(timeUs);
      if (runner.batch.isFull) {
        await runner.run();
        this.reportProgress();
      }
      const destination = made.destination(record.interface);
      runner.batch.add(record, destination, record.seconds, record.nanoseconds);
      this.packets += 1;
      this.step = this.nextInWindow() ?? (await this.read());
    }
    this.reportProgress();
  }

  /** The next record, if the window holds all of it: no promise for each packet. */
  private nextInWindow(): 'record' | null {
    const { capturing } = this;
    return capturing !== null && capturing.reader.next(this.record) === 'record' ? 'record' : null;
  }

  private async read(): Promise<Step> {
    const { capturing } = this;
    if (capturing === null) return 'end';
    const { reader, window } = capturing;
    for (;;) {
      if (reader.fault !== null) {
        this.fault = reader.fault;
        return 'end';
      }
      const step = reader.next(this.record);
      if (step === 'record') return 'record';
      if (step === 'fault') continue;
      let enough: boolean;
      try {
        enough = await window.fill(reader.need);
      } catch (error) {
        this.fault = { what: `reading failed: ${String(error)}`, offset: window.fileOffset };
        return 'end';
      }
      if (!enough) {
        this.fault = reader.atEnd();
        return 'end';
      }
    }
  }

  /** Records without a believable time happen when the one before them did. */
  private recordTimeUs(): number {
    const { record, clock } = this;
    if (Number.isNaN(record.seconds)) {
      const previousUs = clock.latestUs;
      this.implausibleTimes += 1;
      record.seconds = Math.floor(previousUs / 1e6);
      record.nanoseconds = (previousUs - record.seconds * 1e6) * 1000;
    }
    return record.seconds * 1e6 + Math.floor(record.nanoseconds / 1000);
  }

  private warnings(): Warning[] {
    const found: [code: string, present: boolean, message: () => string][] = [
      [
        'time_backwards',
        this.clock.backwardsUs > 0,
        () =>
          `a packet is ${this.clock.backwardsUs / 1e6} s earlier than the one before it; such packets count in the current tick`,
      ],
      [
        'time_missing',
        this.implausibleTimes > 0,
        () =>
          'packets without a believable time are taken to come when the packet before them came',
      ],
      [
        'interfaces_exceeded',
        (this.made?.exceeded ?? 0) > 0,
        () =>
          `the file has more than ${pcapngSlots} interfaces; the last ones are counted together`,
      ],
    ];
    const warnings: Warning[] = [];
    for (const [code, present, message] of found) {
      if (!present || this.warnedCodes.has(code)) continue;
      this.warnedCodes.add(code);
      warnings.push(this.warning(code, message()));
    }
    if (this.clock.jumps > this.jumpsReported) warnings.push(...this.jumpWarnings());
    return warnings;
  }

  /** Reports single jumps, up to a cap. */
  private jumpWarnings(): Warning[] {
    const { jumps, jumpUs } = this.clock;
    this.jumpsReported = jumps;
    if (jumps > JUMPS_REPORTED_MAX) return [];
    const last = jumps === JUMPS_REPORTED_MAX ? '; further jumps are not reported' : '';
    const message = `time jumps back by ${jumpUs / 1e6} s: a new segment begins, with ticks, rates and windows of its own${last}`;
    return [this.warning('time_backwards', message)];
  }

  private warning(code: string, message: string): Warning {
    const { latestUs } = this.clock;
    return { timeUs: latestUs, wallUs: latestUs, code, message };
  }

  private reportProgress(): void {
    const { capturing } = this;
    if (capturing === null) return;
    this.options.onProgress?.({
      readBytes: capturing.window.fileOffset,
      totalBytes: capturing.totalBytes,
      packets: this.packets,
    });
  }

  private faultError(fault: CaptureFault): ExpectedError {
    const advice =
      this.packets === 0
        ? 'Nothing in it could be counted; capinfos and file say what it is, editcap may convert it.'
        : `Everything before it was counted: ${this.packets} packets. Copy or record the file again.`;
    const { path } = this.options;
    return new ExpectedError(`${path}: ${fault.what}, at byte ${fault.offset}`, {
      status: 1,
      advice,
    });
  }

  private fileName(): string {
    const { path } = this.options;
    return path === '-' ? 'stdin' : (cleanName(Buffer.from(basename(path))) ?? 'capture');
  }
}
