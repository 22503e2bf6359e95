// A foreign BPF program on an interface (neighbour.c), compiled once and run inside a namespace.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { compiledTool } from './compiled-tool.js';
import type { Namespace } from './namespaces.js';

export const neighbourTool = () => compiledTool('neighbour');

export type NeighbourHook =
  | 'xdp'
  | 'xdp-unattached'
  | 'tcx-ingress'
  | 'tcx-ingress-first'
  | 'tcx-egress'
  | 'tcx-egress-first';

export class Neighbour {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  stderr = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  programId = 0;

  static async attach(
    namespace: Namespace,
    hook: NeighbourHook,
    interfaceName: string,
    ...action: string[]
  ): Promise<Neighbour> {
    const [file, args] = namespace.command(neighbourTool(), hook, interfaceName, ...action);
    const neighbour = new Neighbour(spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] }));
    neighbour.programId = Number(await neighbour.#line());
    return neighbour;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the neighbour ended: ${this.stderr}`);
    return value;
  }

  /** Packets counted by its program. */
  async packets(): Promise<number> {
    this.#child.stdin!.write('\n');
    return Number(await this.#line());
  }

  remove(): void {
    this.#child.kill('SIGKILL');
  }
}
