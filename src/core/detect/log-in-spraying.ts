// Many sources that each try to log in a few times: counted by service.
import { textHash } from '../protocols/text.js';
import { RecencyTable, RollingSet, Sample, type StateLedger } from './windows.js';

const SERVERS_CAP = 2048;
const SOURCES_CAP = 4096;
const WINDOW_US = 600e6;

export interface SprayedServer {
  readonly sources: RollingSet;
  readonly examples: Sample;
  firstUs: number;
}

export class Spraying {
  static readonly WINDOW_SECONDS = WINDOW_US / 1e6;
  readonly #servers: RecencyTable<string, SprayedServer>;

  constructor(
    name: string,
    private readonly ledger: StateLedger,
  ) {
    this.#servers = new RecencyTable(`${name}: servers`, SERVERS_CAP, ledger, (server) =>
      server.sources.release(),
    );
  }

  /** Somebody has failed to log in: the service, with all who have lately. */
  note(service: string, source: string, firstUs: number, nowUs: number): SprayedServer {
    const server = this.#servers.getOrCreate(service, () => ({
      sources: new RollingSet(WINDOW_US, SOURCES_CAP, this.ledger),
      examples: new Sample(),
      firstUs,
    }));
    if (server.sources.size(nowUs) === 0) server.firstUs = firstUs;
    if (server.sources.add(textHash(source), nowUs)) server.examples.add(source);
    return server;
  }
}
