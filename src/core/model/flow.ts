// A flow as consumers know it; FlowRow is made from the schema of fields (src/core/flows/schema).
export type { FlowRow } from './flow-row.generated.js';
export type { TcpState } from './tcp-state.js';
