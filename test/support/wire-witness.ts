// An independent count of the frames on a wire: tcpdump on a segment without offloads, its file counted by record headers.

import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Namespace } from './namespaces.js';

export interface WireCount {
  packets: number;
  bytes: number;
}

export interface WireFrame {
  readonly length: number;
  readonly data: Buffer;
}

/** Frames of a little-endian microsecond pcap, as tcpdump writes it here. */
export function readFrames(file: string): WireFrame[] {
  const bytes = readFileSync(file);
  if (bytes.readUInt32LE(0) !== 0xa1b2c3d4)
    throw new Error(`${file}: not the pcap that tcpdump writes`);
  const frames: WireFrame[] = [];
  for (let at = 24; at + 16 <= bytes.length; ) {
    const captured = bytes.readUInt32LE(at + 8);
    frames.push({
      length: bytes.readUInt32LE(at + 12),
      data: bytes.subarray(at + 16, at + 16 + captured),
    });
    at += 16 + captured;
  }
  return frames;
}

export function count(
  frames: readonly WireFrame[],
  test: (frame: WireFrame) => boolean = () => true,
): WireCount {
  const total = { packets: 0, bytes: 0 };
  for (const frame of frames) {
    if (!test(frame)) continue;
    total.packets++;
    total.bytes += frame.length;
  }
  return total;
}

export class WireWitness {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wire-witness-'));
  readonly #file = join(this.#folder, 'wire.pcap');
  readonly #tcpdump: ChildProcess;
  #stderr = '';

  private constructor(namespace: Namespace, interfaceName: string) {
    this.#tcpdump = namespace.start(
      'tcpdump',
      '-i',
      interfaceName,
      '-s',
      '128',
      '-B',
      '65536',
      '-U',
      '--immediate-mode',
      '-Z',
      'root',
      '-w',
      this.#file,
    );
    this.#tcpdump.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
  }

  /** Resolves when tcpdump is capturing. */
  static async start(namespace: Namespace, interfaceName: string): Promise<WireWitness> {
    const witness = new WireWitness(namespace, interfaceName);
    const deadline = Date.now() + 10_000;
    while (!witness.#stderr.includes('listening on')) {
      if (Date.now() > deadline) throw new Error(`tcpdump does not listen: ${witness.#stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return witness;
  }

  /** The frames so far; tcpdump writes each packet at once. */
  soFar(): WireFrame[] {
    return readFrames(this.#file);
  }

  /** Ends the capture and returns its frames; throws if the kernel dropped some, since the count would be wrong. */
  async stop(): Promise<WireFrame[]> {
    const closed = once(this.#tcpdump, 'close');
    this.#tcpdump.kill('SIGINT');
    await closed;
    const dropped = /(\d+) packets? dropped by kernel/.exec(this.#stderr)?.[1];
    if (dropped !== '0') throw new Error(`tcpdump lost packets: ${this.#stderr}`);
    const frames = readFrames(this.#file);
    rmSync(this.#folder, { recursive: true });
    return frames;
  }
}
