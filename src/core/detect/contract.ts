// What the monitor gives to detection in each tick, and what it takes back.
import type { Alert } from '../model/alert.js';
import type { DirectionalCounter } from '../model/counter.js';
import type { FlowColumns } from '../model/flow-columns.generated.js';
import type { KernelEvent } from '../model/kernel-event.js';
import type { Warning } from '../model/snapshot.js';

/** What an interface had of a protocol in this tick: floods are seen here even when the flow table is full. */
export interface ProtocolDelta {
  readonly interface: string;
  /** As contract.md names it: "TCP", "ARP", "IP-253". */
  readonly protocol: string;
  readonly delta: DirectionalCounter;
}

export interface DetectionInput {
  /** Time of this tick, microseconds since 1970: the run clock live, capture time in captures. Never runs backwards within a segment. */
  readonly nowUs: number;
  /** Since the tick before; captures may jump over silence. */
  readonly intervalSeconds: number;
  /**
   * Valid during the call only: arrays are replaced when the table grows. Slots are reused after a flow has left; `id` never is.
   * Work on `touched` (what had packets in this tick), never on all slots in every tick.
   */
  readonly flows: FlowColumns;
  /** In the order in which they came, this tick's only. */
  readonly kernelEvents: readonly KernelEvent[];
  readonly protocols: readonly ProtocolDelta[];
  readonly fragments: { readonly packets: number; readonly bytes: number };
  interfaceName(interfaceIndex: number): string;
  /** Text of a code in a dictionary of labels: what filters of user rules compare. */
  label(dictionary: string, code: number): string;
}

export interface Detector {
  /** enum control_feature bits that the rules need from the kernel. */
  readonly features: number;
  /**
   * One tick. Returns the alerts whose line has to be printed now: new ones, state or severity changed, count grown tenfold,
   * hourly. Must not throw for anything that came off the wire.
   */
  tick(input: DetectionInput): readonly Alert[];
  /**
   * A capture's time jumps back: every open alert as `ended`, and rules forget what they have seen, so that no window reaches over the
   * jump. `nowUs`: the end of the segment before.
   */
  endSegment(nowUs: number): readonly Alert[];
  /** The end of the run: every open alert as `ended`. */
  end(nowUs: number): readonly Alert[];
  /** For the screen: open alerts and those that ended lately, newest first, capped. */
  current(): readonly Alert[];
  acknowledge(id: string): void;
  mute(id: string, untilUs: number): void;
  /** What had to be forgotten at a cap since start, by the table's name. */
  readonly forgotten: ReadonlyMap<string, number>;
  /** Since the last call: rules that failed, state that had to be forgotten. */
  takeWarnings(): readonly Warning[];
}
