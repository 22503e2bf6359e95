// Options of the library.
/// <reference types="node" preserve="true" />

/**
 * How a monitor works. All can be left out; a name that isn't here, or a value of another type, is an ExpectedError with `status` 2.
 *
 * @example
 * ```ts
 * const options: NetworkMonitorOptions = { interfaces: ['eth0'], filter: 'tcp and port 443', sort: 'bytes', limit: 10 };
 * ```
 */
export interface NetworkMonitorOptions {
  /** Attached by `create`, in this order; `any` is every interface that is up, as they come and go. Default: none. */
  readonly interfaces?: readonly string[];
  /** Where incoming packets are read; `auto` takes what does no harm. Default: 'auto'. */
  readonly ingress?: 'auto' | 'xdp' | 'xdp-generic' | 'tc';
  /** Default: 'tc'. */
  readonly egress?: 'tc' | 'off';
  /** Seconds between two ticks, 0.1 to 60. Default: 1. */
  readonly intervalSeconds?: number;
  /** Which flows a tick shows; counters are not touched. Default: all. */
  readonly filter?: string;
  /** Column to sort by, e.g. 'rate', 'bytes', 'age'. Default: 'rate'. */
  readonly sort?: string;
  /** Default: true. */
  readonly descending?: boolean;
  /** Flows in a tick. Default: 50. */
  readonly limit?: number;
  /** Capacity of the kernel's flow table, 1,024 to 4,194,304; some 640 bytes of kernel memory each. Default: 65,536. */
  readonly maxFlows?: number;
  /** A flow idle so many seconds leaves the table; 0: never. Default: 600. */
  readonly flowTimeoutSeconds?: number;
  /** Whose addresses a tunnelled packet's flow has. Default: 'inner'. */
  readonly tunnels?: 'inner' | 'outer';
  /**
   * False: no rules, no `alert`, and the kernel is asked for no kernel events. An object: thresholds, allow lists and rules of one's own, with the
   * keys that `detection` has in the settings file (docs/detection.md). Default: true.
   */
  readonly detection?: boolean | Readonly<Record<string, unknown>>;
  /**
   * Sampled packets a second and CPU, for the `packet` event, 0 to 10,000: a token bucket in the kernel. A packet that isn't taken costs
   * nothing to speak of; one that is costs a copy of its first 256 bytes, and some microseconds here. Default: 0.
   */
  readonly packetSamples?: number;
  /** With fromObjectFile: reload the file when it changes. Default: false. */
  readonly watch?: boolean;
  /** Closes the monitor when it is aborted. */
  readonly signal?: AbortSignal;
}
