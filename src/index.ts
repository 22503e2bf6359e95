// The package's entry: import { NetworkMonitor } from 'kubenetprobe-top'. Nothing of the screen is loaded by it.

export { BtfError, type BtfErrorCode } from './core/btf/btf-error.js';
export {
  ExpectedError,
  type ExpectedErrorOptions,
  type FailureStatus,
} from './core/errors/expected-error.js';
export type {
  Alert,
  AlertEvidence,
  AlertParties,
  AlertParty,
  Severity,
} from './core/model/alert.js';
export type { Clock } from './core/model/clock.js';
export type { Consumer, EndedFlow, FlowEndReason, Subscription } from './core/model/consumer.js';
export type { ConsumerLosses } from './core/model/consumer-losses.js';
export type { Counter, DirectionalCounter } from './core/model/counter.js';
export type {
  CustomEvent,
  CustomMap,
  CustomMapEntry,
  CustomOutput,
  CustomReport,
  CustomValue,
} from './core/model/custom.js';
export type { Endpoint, Tunnel } from './core/model/endpoint.js';
export type { FlowRow } from './core/model/flow-row.generated.js';
export type { FlowGroup } from './core/model/group.js';
export type {
  FilterError,
  FlowDetail,
  MonitorEvents,
  MonitorPort,
  MonitorStart,
} from './core/model/monitor-port.js';
export type { PacketSample } from './core/model/packet-sample.js';
export type { MapState, ProgramState, ProgramsReport } from './core/model/programs.js';
export type {
  Cost,
  EncapsulationTotals,
  HookState,
  InterfaceState,
  InterfaceTotals,
  ProtocolTotals,
  Snapshot,
  Warning,
} from './core/model/snapshot.js';
export type { TcpState } from './core/model/tcp-state.js';
export type { MapEntries, MapEntry, ReloadResult, UserMap } from './core/model/user-map.js';
export type { FlowView, SortOrder } from './core/model/view.js';
export type { FlowQuery, NetworkMonitorEvents, PacketStats } from './library/monitor-events.js';
export type { NetworkMonitorOptions } from './library/monitor-options.generated.js';
export { NetworkMonitor } from './library/network-monitor.js';
