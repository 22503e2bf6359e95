// The addon's interface, as TypeScript sees it: bytes cross, meaning does not. Implemented in addon/.

/** How a program is attached. `xdp-*` serve ingress only. */
export type NativeHook = 'xdp-native' | 'xdp-generic' | 'tcx' | 'clsact';
export type NativeDirection = 'ingress' | 'egress';

/** Every error that the addon throws or rejects with is an Error with these fields. */
export interface NativeErrorFields {
  /** e.g. 'EPERM', 'ENODEV', 'EVERIFIER', 'ENOTSUP'; errno name where there is one. */
  readonly code: string;
  /** What was being done, e.g. 'load program monitor_tc_ingress', 'attach xdp'. */
  readonly operation: string;
  /** Positive errno, 0 where none applies. */
  readonly errno: number;
  /** libbpf's or the verifier's own words, last lines first trimmed to 4 KiB; empty where there are none. */
  readonly detail: string;
}

export interface NativeSessionOptions {
  /** BPF object to load instead of the embedded one. */
  readonly object?: Uint8Array;
  /** Capacity for flows of one epoch, 1,024 to 4,194,304. */
  readonly maxFlows: number;
  /** Interfaces at once, and those that have gone since the last two drains: 1 to 4,096. A slot costs 1 KiB a CPU. */
  readonly interfaceSlots: number;
  /** enum control_feature bits. */
  readonly features: number;
  /** Bytes of the ring buffer for kernel events; a power of two. */
  readonly ringBytes: number;
  /** Captures: only the capture program is loaded, the clock is nanoseconds, nothing can be attached. */
  readonly capture: boolean;
}

export interface NativeAttachment {
  readonly id: number;
  readonly hook: NativeHook;
}

export interface NativeProgramInfo {
  readonly name: string;
  readonly id: number;
  readonly tag: string;
  readonly verifiedInstructions: number;
  readonly jitedBytes: number;
  /** From the kernel's program statistics, while they are on; else 0. */
  readonly runCount: number;
  readonly runTimeNs: number;
  /** ELF section, e.g. 'xdp', 'tc'. */
  readonly section: string;
  /** Runs that the kernel left out, because the program was running on that CPU already (Linux 5.12). */
  readonly missedCount: number;
}

/** One loaded object with its maps, programs and attachments. All of it goes with close(), garbage collection or the thread. */
export interface NativeSession extends NativeReloadable {
  /**
   * Before an interface is attached: programs count what comes with this index from now on. linkKind: enum link_kind. Returns its slot. Throws
   * ENOSPC where all slots are in use, EEXIST where it has one.
   */
  addInterface(interfaceIndex: number, linkKind: number, ingressOnly: boolean): number;
  /** The same in a slot of the caller's choice, which several indexes may share (captures). */
  setInterface(interfaceIndex: number, slot: number, linkKind: number, ingressOnly: boolean): void;
  /** Programs count it no longer. Its slot is free after the next two drains, which hand out the last of its totals and flows. */
  removeInterface(interfaceIndex: number): void;
  setFeatures(features: number): void;
  /** EVENT_PACKET: tokens a second and CPU, 0 to 10,000. They come only with FEATURE_PACKET_SAMPLES. */
  setSampleRate(packetsPerSecond: number): void;
  /**
   * Synchronous (netlink and bpf(2), some ms; with the embedded object the first use of a program verifies it, 60 ms). Throws
   * NativeErrorFields.
   */
  attach(interfaceIndex: number, direction: NativeDirection, hook: NativeHook): NativeAttachment;
  detach(id: number): void;
  /** Which program ids the kernel lists at a hook of an interface, the monitor's and others', in order (BPF_PROG_QUERY, XDP: netlink). */
  query(
    interfaceIndex: number,
    direction: NativeDirection,
  ): { hook: NativeHook; programIds: number[] }[];
  /**
   * Swaps the epoch, waits until no program can write to the old one, reads and clears it, all off the calling thread.
   * Resolves with one batch (records.h: batch_header …). `reuse` gives back an earlier result's buffer to be filled again
   * (it is detached); one drain at a time, a second call rejects with EBUSY.
   */
  drain(reuse?: ArrayBuffer): Promise<ArrayBuffer>;
  /** Gives a drain's buffer back before the next drain (it is detached): its memory goes back to the system. */
  release(batch: ArrayBuffer): void;
  /**
   * Kernel events as they come: at most every 100 ms, a buffer of whole event_records one behind the other. The queue is bounded (4 MiB);
   * what it refuses is counted in `lost`, cumulative.
   */
  onKernelEvents(callback: ((kernelEvents: ArrayBuffer, lost: number) => void) | null): void;
  /**
   * In place of onKernelEvents: kernel events wait for readKernelEvents, up to `bytesMax`. Who works once a tick is woken once a tick, and has all kernel events of
   * the tick.
   */
  gatherKernelEvents(bytesMax: number): void;
  /** All kernel events until this moment, those in the ring included, in order; `lost` as in onKernelEvents. */
  readKernelEvents(): { events: ArrayBuffer; lost: number };
  /** Ends the delivery: resolves with the undelivered kernel events and those still in the ring, in order; `lost` as in onKernelEvents. */
  takeKernelEvents(): { events: ArrayBuffer; lost: number };
  /** The ring of kernel events: the most bytes that waited in it since the last call. 0 without onKernelEvents or gatherKernelEvents. */
  takeRingHighWaterBytes(): number;
  /**
   * Captures: runs every capture_frame in the buffer through the capture program, off the calling thread; kernel events are delivered
   * in order with it. Resolves with the kernel events of these frames.
   */
  runFrames(frames: ArrayBuffer, length: number): Promise<{ events: ArrayBuffer; lost: number }>;
  /** Bytes of kernel memory that maps hold (as fdinfo says). */
  readonly mapBytes: number;
  /** Descriptor of BPF_ENABLE_STATS; closing it turns statistics off again. Throws EPERM without CAP_SYS_ADMIN. */
  enableStatistics(): void;
  disableStatistics(): void;
  close(): void;
}

export interface NativeMapEntries {
  /** `count` keys of keyBytes, one behind the other. */
  readonly keys: ArrayBuffer;
  /** `count` rows of rowBytes. */
  readonly values: ArrayBuffer;
  readonly count: number;
  /** False: there are more than the limit, or the map changed under the walk. */
  readonly complete: boolean;
}

/** One BPF map of a loaded object, by a descriptor of its own: it outlives the object until close(). */
export interface NativeMap {
  readonly name: string;
  readonly id: number;
  /** enum bpf_map_type. */
  readonly type: number;
  readonly keyBytes: number;
  /** Of one value; per-CPU maps have one for each possible CPU in a row. */
  readonly valueBytes: number;
  /** Of what a look-up returns: all CPUs' values, each padded to 8 bytes. */
  readonly rowBytes: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Copies up to `limit` entries (1 to 1,048,576), off the calling thread. */
  entries(limit: number): Promise<NativeMapEntries>;
  lookup(key: Uint8Array): ArrayBuffer | null;
  /** `value`: rowBytes. */
  update(key: Uint8Array, value: Uint8Array): void;
  /** False: there was no such key. */
  delete(key: Uint8Array): boolean;
  /**
   * Ring buffers: events as they come, at most every 100 ms. Each event is its length (32 bits), four zero bytes and the bytes,
   * padded to 8. The queue is bounded (4 MiB); what it refuses is counted in `lost`, cumulative.
   */
  onEvents(callback: ((events: ArrayBuffer, lost: number) => void) | null): void;
  /** Ends the delivery: the events that wait for the callback and those that the ring still holds, in order. */
  takeEvents(): { events: ArrayBuffer; lost: number };
  /** Ring buffers: the most bytes that waited in it since the last call. 0 without onEvents. */
  takeRingHighWaterBytes(): number;
  close(): void;
}

/** Programs and maps that are loaded, and another version in their place. Errors carry all that the verifier said in `detail`. */
export interface NativeReloadable {
  programs(): NativeProgramInfo[];
  /** New handles in each call. */
  maps(): NativeMap[];
  /**
   * Loads and verifies a new version off the calling thread; `kept`: maps that it takes over from the current one. `programs`: of a companion
   * object; a session loads all.
   */
  prepare(
    object: Uint8Array,
    kept: readonly string[],
    programs: NativeProgramChoice,
  ): Promise<void>;
  /**
   * The prepared version takes over every place, all or none: hooks of interfaces and cgroups packet by packet old or new, in tracing and perf
   * events the new one begins before the old one ends. EBUSY while a drain is in progress.
   */
  commit(): void;
}

/** Where a program of a companion object goes; each kind is a file in addon/attach. */
export type NativePlace =
  /** Behind the monitor's own program. */
  | {
      readonly kind: NativeHook;
      readonly interfaceIndex: number;
      readonly direction: NativeDirection;
    }
  /** A cgroup version 2 folder; which hook of it the program's section says. */
  | { readonly kind: 'cgroup'; readonly path: string }
  /** tp_btf, raw_tp, fentry, fexit, fmod_ret, lsm: the section names the place. */
  | { readonly kind: 'tracing' }
  /** Every CPU's clock, 1 to 100,000 times a second. `enabled` false: open, and silent until setEnabled. */
  | { readonly kind: 'perf_event'; readonly frequencyHertz: number; readonly enabled: boolean }
  /** `cgroup`: for iter/cgroup, the folder below which it walks. */
  | { readonly kind: 'iterator'; readonly cgroup?: string };

/** Programs by name; all others aren't loaded. */
export interface NativeProgramChoice {
  /** Where one of them is refused nothing is loaded. */
  readonly required: readonly string[];
  /** Where one of them is refused the others go on: `refused()` names it. */
  readonly optional: readonly string[];
}

export interface NativeRefusedProgram extends Omit<NativeErrorFields, 'operation'> {
  readonly name: string;
}

/** A BPF object that runs beside a session. */
export interface NativeCompanionObject extends NativeReloadable {
  /** Optional programs of this version that the kernel did not accept. */
  refused(): NativeRefusedProgram[];
  /** Returns an id for detach(), setEnabled() and walk(). */
  attach(program: string, place: NativePlace): number;
  detach(id: number): void;
  /** Perf events: whether they fire; needs no right once they are open. */
  setEnabled(id: number, enabled: boolean): void;
  /** Iterators: runs one over everything, off the calling thread; needs no right. What the program writes, up to `bytesMax`. */
  walk(id: number, bytesMax: number): Promise<{ output: ArrayBuffer; complete: boolean }>;
  close(): void;
}

/** One network interface of this network namespace, by RTM_GETLINK and ethtool: /sys may show another namespace's. */
export interface NativeLink {
  readonly name: string;
  /** Of `ip link property` (Linux 5.5), each unique in the namespace as a name is, up to 127 bytes. */
  readonly alternativeNames: readonly string[];
  readonly index: number;
  /** ARPHRD_* */
  readonly type: number;
  /** IFF_*, as ip(8) has them: 1 UP, 8 LOOPBACK, 0x10000 LOWER_UP … */
  readonly flags: number;
  readonly mtu: number;
  /** IFLA_INFO_KIND: 'veth', 'bridge', 'vlan', 'tun' …; '' where there is none (physical, virtio). */
  readonly kind: string;
  /** Index of the bridge or bond it belongs to, 0 without. */
  readonly master: number;
  /** IFLA_LINK: a veth's peer, the device that a VLAN or macvlan lies on; 0 without. An index of `linkNamespaceId`'s namespace. */
  readonly linkIndex: number;
  /** IFLA_LINK_NETNSID: the namespace of that link, by its id in this one; null: this one. */
  readonly linkNamespaceId: number | null;
  /** ethtool's driver name; '' where the driver doesn't say. */
  readonly driver: string;
  /** ethtool feature rx-vlan-hw-parse; null where it can't be asked. */
  readonly rxVlanOffload: boolean | null;
  /** Any program on an XDP hook of this interface: IFLA_XDP. 'native' is driver mode. */
  readonly xdp: 'none' | 'native' | 'generic' | 'offload' | 'several';
}

/** Changes of the list of interfaces, by RTMGRP_LINK: one system call where there are none. */
export interface NativeLinkWatch {
  /** Indexes of interfaces that were deleted since the last call; null: no interface has changed. After an overrun some may be missing. */
  read(): readonly number[] | null;
  close(): void;
}

/** Any program at a hook of an interface; `name` is '' where the kernel withholds it (without CAP_SYS_ADMIN). */
export interface HookedProgram {
  readonly hook: NativeHook;
  readonly direction: NativeDirection;
  readonly id: number;
  readonly name: string;
}

export interface NativeModule {
  /**
   * Every interface of the calling thread's network namespace, one netlink dump and at most two ioctls for each; throws NativeErrorFields.
   * `drivers` false: without the ioctls, `driver` is empty and `rxVlanOffload` null; indexes: with the ioctls for these alone.
   */
  links(drivers?: boolean | readonly number[]): NativeLink[];
  /** Listens in the calling thread's network namespace from now on. Throws NativeErrorFields. */
  LinkWatch: new () => NativeLinkWatch;
  /**
   * Unmaps clean pages of the program's own files (Node's code, libraries) that are resident; those that are needed come back from the page
   * cache, 64 KB at a fault. Returns their bytes.
   */
  dropStartupPages(): number;
  /** CLOCK_BOOTTIME, milliseconds with fractions of them. */
  boottimeMs(): number;
  /** CLOCK_REALTIME, microseconds since 1970. */
  wallUs(): number;
  readonly libbpfVersion: string;
  readonly abiVersion: number;
  /** Of the embedded BPF object, hex. */
  readonly objectSha256: string;
  Session: new (options: NativeSessionOptions) => NativeSession;
  /** Loads an object beside the monitor's; `name` is the prefix of .bss and .data. Synchronous. */
  CompanionObject: new (
    object: Uint8Array,
    name: string,
    programs: NativeProgramChoice,
  ) => NativeCompanionObject;
  /** Rows of per-CPU maps have so many values. */
  readonly possibleCpus: number;
  /** Kernel features by trying them: each value is true, false, or an errno name where the kernel would not say (EPERM). */
  probe(): Record<string, boolean | string>;
  /** Every program on the hooks of an interface, in the order in which the kernel runs them. */
  hookedPrograms(interfaceIndex: number): HookedProgram[];
  /** Offloads of an interface that are on: gro, gso, tso, lro, rxvlan, txvlan. */
  offloads(interfaceName: string): string[];
  /**
   * Begins or ends a time in which the kernel hurries its grace periods (docs/decisions/expedited-grace-periods.md): each attaching at tcx waits for
   * one. False: not permitted here, all goes on as ever. Nests; ends with the process, too.
   */
  expediteGracePeriods(on: boolean): boolean;
  /** Moves the calling thread into another network namespace (a file as /run/netns/NAME); needs CAP_SYS_ADMIN. */
  enterNetworkNamespace(path: string): void;
  /**
   * Changes the user (no other groups) and keeps only these capabilities, by number, on every thread of the process; returns how
   * many threads. For good: nothing brings them back.
   */
  dropPrivileges(
    user: { uid: number; gid: number } | null,
    capabilities: readonly number[],
  ): number;
  /** Does draining work without any capability (Linux 5.19, or where unprivileged BPF is allowed)? */
  mapsWorkWithoutCapabilities(): boolean;
}
