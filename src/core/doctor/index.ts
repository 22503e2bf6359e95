// All checks, in the order of the report: what prevents a run first.
import { checkInterfaces } from './checks/interfaces.js';
import { checkFeatures, checkJit, checkKernel, checkPreemption } from './checks/kernel.js';
import {
  checkCapabilities,
  checkLockdown,
  checkMemoryLock,
  checkSystemCall,
  checkUnprivileged,
} from './checks/privileges.js';
import {
  checkAddon,
  checkHome,
  checkNode,
  checkSystemFiles,
  checkTerminal,
} from './checks/runtime.js';
import type { DoctorFacts } from './facts.js';
import type { Finding } from './finding.js';

const checks: readonly ((facts: DoctorFacts) => Finding[])[] = [
  checkNode,
  checkAddon,
  checkKernel,
  checkCapabilities,
  checkSystemCall,
  checkMemoryLock,
  checkLockdown,
  checkUnprivileged,
  checkFeatures,
  checkJit,
  checkPreemption,
  checkSystemFiles,
  checkTerminal,
  checkHome,
  checkInterfaces,
];

export function examine(facts: DoctorFacts): Finding[] {
  return checks.flatMap((check) => check(facts));
}
