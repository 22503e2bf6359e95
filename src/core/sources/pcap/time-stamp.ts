// pcapng time stamps: 64-bit counts of units of any resolution → seconds and nanoseconds, exactly.

/** Latest valid time: signed 64-bit nanoseconds end in the year 2262; beyond lies garbage. */
export const secondsMax = Math.floor(Number((1n << 63n) / 1_000_000_000n)) - 1;

export interface MutableTime {
  seconds: number;
  nanoseconds: number;
}

/** Divisors up to here can be divided exactly in steps of 16 bits with doubles. */
const exactDivisorMax = 2 ** 37;

export class TimeStampReader {
  private readonly unitsPerSecond: number;
  private readonly unitsPerSecondBig: bigint;
  private readonly nanosecondsPerUnit: number;

  /** `resolution`: if_tsresol (top bit: power of two). `offsetSeconds`: if_tsoffset. */
  constructor(
    resolution: number,
    private readonly offsetSeconds: number,
  ) {
    const exponent = BigInt(resolution & 0x7f);
    this.unitsPerSecondBig = (resolution & 0x80 ? 2n : 10n) ** exponent;
    this.unitsPerSecond = Number(this.unitsPerSecondBig);
    const perUnit = 1e9 / this.unitsPerSecond;
    this.nanosecondsPerUnit = Number.isInteger(perUnit) ? perUnit : 0;
  }

  /** NaN seconds where the count can be no time. */
  read(high: number, low: number, time: MutableTime): void {
    if (this.unitsPerSecond <= exactDivisorMax && this.nanosecondsPerUnit > 0) {
      const divisor = this.unitsPerSecond;
      const quotientHigh = Math.floor(high / divisor);
      let rest = (high - quotientHigh * divisor) * 65_536 + (low >>> 16);
      const quotientMiddle = Math.floor(rest / divisor);
      rest = (rest - quotientMiddle * divisor) * 65_536 + (low & 0xffff);
      const quotientLow = Math.floor(rest / divisor);
      time.nanoseconds = (rest - quotientLow * divisor) * this.nanosecondsPerUnit;
      time.seconds = quotientHigh * 2 ** 32 + quotientMiddle * 65_536 + quotientLow;
    } else {
      const units = (BigInt(high) << 32n) | BigInt(low);
      const rest = units % this.unitsPerSecondBig;
      time.seconds = Number(units / this.unitsPerSecondBig);
      time.nanoseconds = Number((rest * 1_000_000_000n) / this.unitsPerSecondBig);
    }
    time.seconds += this.offsetSeconds;
    if (!(time.seconds >= 0 && time.seconds <= secondsMax)) {
      time.seconds = Number.NaN;
      time.nanoseconds = 0;
    }
  }
}
