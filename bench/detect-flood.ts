// The cost of detection under flood: a full flow table of new, spoofed flows in every tick; decoding, table and all rules, milliseconds.
import { DetectionEngine } from '../src/core/detect/engine.js';
import { builtInRules } from '../src/core/detect/rules/index.js';
import { FlowTable } from '../src/core/flows/flow-table.js';
import * as at from '../src/core/flows/record-words.js';

const FLOWS = 65_536;
const TICKS = Number(process.argv[2] ?? 12);
const shape = process.argv[3] ?? 'syn';

const words = new Uint32Array(FLOWS * at.RECORD_WORDS);
const random = new Uint32Array(FLOWS);

function fill(tick: number): void {
  words.fill(0);
  crypto.getRandomValues(random.subarray(0, 16_384));
  crypto.getRandomValues(random.subarray(16_384, 32_768));
  crypto.getRandomValues(random.subarray(32_768, 49_152));
  crypto.getRandomValues(random.subarray(49_152));
  const ns = BigInt(tick + 1) * 1_000_000_000n + 1_700_000_000_000_000_000n;
  for (let i = 0; i < FLOWS; i += 1) {
    const base = i * at.RECORD_WORDS;
    const source = (random[i]! | 0x0b) >>> 0;
    words[base + at.FINGERPRINT] = Math.imul(tick * FLOWS + i + 1, 0x9e3779b1) >>> 0;
    words[base + at.FINGERPRINT + 1] = (tick * FLOWS + i + 1) >>> 0;
    words[base + at.PACKETS + 2] = 1;
    words[base + at.BYTES + 2] = 60;
    words[base + at.FIRST_SEEN] = Number(ns & 0xffffffffn);
    words[base + at.FIRST_SEEN + 1] = Number(ns >> 32n);
    words[base + at.LAST_SEEN] = Number(ns & 0xffffffffn);
    words[base + at.LAST_SEEN + 1] = Number(ns >> 32n);
    // low = victim 10.0.0.1, high = the spoofed source; ports low | high << 16
    words[base + at.LOW_ADDRESS + 2] = 0xffff0000;
    words[base + at.LOW_ADDRESS + 3] = 0x0100000a;
    words[base + at.HIGH_ADDRESS + 2] = 0xffff0000;
    words[base + at.HIGH_ADDRESS + 3] = source;
    const port = shape === 'ports' ? i & 0xffff : 80;
    words[base + at.PORTS] = port | ((1024 + (random[i]! % 60_000)) << 16);
    words[base + at.INTERFACE_INDEX] = 1;
    words[base + at.VLAN] = 0xffffffff;
    words[base + at.VLAN + 1] = 0xffffffff;
    const protocol = shape === 'udp' ? 17 : 6;
    words[base + at.KIND] = protocol | (4 << 8) | (1 << 24);
    const isSyn = shape === 'syn' || shape === 'ports';
    words[base + at.FIRST_PACKET] = 1 | ((isSyn ? 1 : 0xff) << 24);
    const flags = isSyn ? 0x02 : shape === 'ack' ? 0x10 : 0;
    words[base + at.SEEN] = (flags << 8) | (1 << 17);
    if (isSyn) words[base + at.SYN + 1] = 1;
  }
}

const table = new FlowTable({ capacity: FLOWS * 4, timeoutSeconds: 600 });
const engine = new DetectionEngine(builtInRules);
const tableMs: number[] = [];
const rulesMs: number[] = [];
for (let tick = 0; tick < TICKS; tick += 1) {
  fill(tick);
  const nowUs = 1_700_000_000e6 + (tick + 2) * 1e6;
  const started = performance.now();
  table.apply(
    {
      words,
      bytes: new Uint8Array(words.buffer),
      capturedAtUs: nowUs,
      clockAtCapture: 0,
      clockNsPerUnit: 1,
      clockIsNanoseconds: true,
      boottimeUs: 0,
      totalCount: 0,
      totalsWord: 0,
      counterCount: 0,
      countersWord: 0,
      flowCount: FLOWS,
      flowsWord: 0,
      drainMilliseconds: 0,
    },
    nowUs,
    1,
  );
  const applied = performance.now();
  const alerts = engine.tick({
    nowUs,
    intervalSeconds: 1,
    flows: table.columns,
    kernelEvents: [],
    protocols: [],
    fragments: { packets: 0, bytes: 0 },
    interfaceName: () => 'bench0',
    label: () => 'bench0',
  });
  tableMs.push(applied - started);
  rulesMs.push(performance.now() - applied);
  if (tick < 2) for (const alert of alerts) console.log(alert.state, alert.kind, alert.message);
}
const line = (name: string, values: number[]): void => {
  const sorted = [...values].sort((a, b) => a - b);
  console.log(
    `${name.padEnd(8)} median ${sorted[sorted.length >> 1]!.toFixed(0)} ms, largest ${sorted[sorted.length - 1]!.toFixed(0)} ms`,
  );
};
line('table', tableMs);
line('rules', rulesMs);
line(
  'together',
  tableMs.map((ms, i) => ms + rulesMs[i]!),
);
console.log(`resident ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`);
