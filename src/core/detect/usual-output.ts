// What a host usually sends out in an hour, so that its regular backups and uploads are not mistaken for exfiltration.
import { RecencyTable, type StateLedger } from './windows.js';

const HOSTS_CAP = 5000;
const HOUR_US = 3600e6;
/** Share of the newest hour in the mean. */
const NEWEST = 0.3;

interface Output {
  sinceUs: number;
  bytes: number;
  /** Mean of the hours before. */
  usual: number;
}

export class UsualOutput {
  readonly #hosts: RecencyTable<number, Output>;

  constructor(name: string, ledger: StateLedger) {
    this.#hosts = new RecencyTable(`${name}: hosts`, HOSTS_CAP, ledger);
  }

  add(host: number, bytes: number, nowUs: number): void {
    const output = this.#hosts.getOrCreate(host, () => ({ sinceUs: nowUs, bytes: 0, usual: 0 }));
    const hours = Math.floor((nowUs - output.sinceUs) / HOUR_US);
    if (hours > 0) {
      // The hours in between were silent.
      const before = output.usual * (1 - NEWEST) + output.bytes * NEWEST;
      output.usual = before * (1 - NEWEST) ** (hours - 1);
      output.bytes = 0;
      output.sinceUs += hours * HOUR_US;
    }
    output.bytes += bytes;
  }

  /** Bytes an hour; null while it has not been watched for an hour. */
  of(host: number, watchedSinceUs: number, nowUs: number): number | null {
    if (nowUs - watchedSinceUs < HOUR_US) return null;
    return this.#hosts.peek(host)?.usual ?? 0;
  }
}
