// All harmless workloads: an hour or some minutes of each, as captures.
import { clusterWorkloads } from './cluster-workloads.js';
import { officeWorkloads } from './office-workloads.js';

export const honestWorkloads = { ...clusterWorkloads, ...officeWorkloads };
