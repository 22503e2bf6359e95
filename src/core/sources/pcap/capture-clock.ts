// Ticks in capture time: where one ends, how empty intervals are jumped over, and where time that jumps back begins a new segment.

/** Packets out of order stay in the current tick up to this: captures of several queues or interfaces aren't sorted. */
const SEGMENT_JUMP_US = 60e6;

/** Microseconds since 1970 fit a double exactly until the year 2255. */
export class CaptureClock {
  private startUs = 0;
  private lastUs = 0;
  private started = false;
  private tickStartUs = 0;
  private tickEndUs = 0;
  /** First packet of a segment that was earlier than the one before it: by how much. */
  backwardsUs = 0;
  /** By how much time jumped back where the current segment began; 0 in the first one. */
  jumpUs = 0;
  /** How often time has jumped back. */
  jumps = 0;

  get firstUs(): number {
    return this.startUs;
  }

  get endOfTickUs(): number {
    return this.tickEndUs;
  }

  /** Latest packet of this segment so far. */
  get latestUs(): number {
    return this.lastUs;
  }

  begin(timeUs: number): void {
    this.startUs = timeUs;
    this.lastUs = timeUs;
    this.tickEndUs = timeUs;
    this.previousUs = timeUs;
    this.started = true;
  }

  /** The next tick is the interval that holds a packet of this time; intervals before it are jumped over. */
  nextTick(timeUs: number, intervalSeconds: number): void {
    if (!this.started) this.begin(timeUs);
    if (this.jumpsBack(timeUs)) {
      this.jumps += 1;
      this.jumpUs = this.lastUs - timeUs;
      this.begin(timeUs);
    }
    const intervalUs = Math.max(1, Math.round(intervalSeconds * 1e6));
    const jumped = Math.max(0, Math.floor((timeUs - this.tickEndUs) / intervalUs));
    this.tickStartUs = this.tickEndUs + jumped * intervalUs;
    this.tickEndUs = this.tickStartUs + intervalUs;
  }

  private previousUs = 0;

  /** A packet of this time begins a new segment. */
  jumpsBack(timeUs: number): boolean {
    return timeUs < this.lastUs - SEGMENT_JUMP_US;
  }

  /** True when a packet of this time belongs to the current tick: earlier ones do, too. */
  belongs(timeUs: number): boolean {
    return timeUs < this.tickEndUs && !this.jumpsBack(timeUs);
  }

  saw(timeUs: number): void {
    if (timeUs < this.previousUs && this.backwardsUs === 0) {
      this.backwardsUs = this.previousUs - timeUs;
    }
    this.previousUs = timeUs;
    if (timeUs > this.lastUs) this.lastUs = timeUs;
  }
}
