// Which end of a conversation began it: contract.md, "How flows are made".

const WELL_KNOWN_PORTS = 1024;
export const LOW_TO_HIGH = 0;
export const NO_SYN = 0xff;

export interface OrientationHint {
  /** enum flow_direction of the first packet seen. */
  readonly firstDirection: number;
  /** enum flow_direction of the first SYN, 0xff: none. */
  readonly firstSynDirection: number;
  readonly synAckLowToHigh: number;
  readonly synAckHighToLow: number;
  readonly hasPorts: boolean;
  readonly lowPort: number;
  readonly highPort: number;
}

/** A SYN's sender, else a SYN-ACK's receiver, else the side opposite to the only port below 1,024, else the sender of the first packet. */
export function sourceIsLow(sight: OrientationHint): boolean {
  if (sight.firstSynDirection !== NO_SYN) return sight.firstSynDirection === LOW_TO_HIGH;
  if (sight.synAckLowToHigh !== sight.synAckHighToLow) {
    return sight.synAckHighToLow > sight.synAckLowToHigh;
  }
  if (sight.hasPorts) {
    const lowIsService = sight.lowPort < WELL_KNOWN_PORTS;
    const highIsService = sight.highPort < WELL_KNOWN_PORTS;
    if (lowIsService !== highIsService) return highIsService;
  }
  return sight.firstDirection === LOW_TO_HIGH;
}

export function hasSyn(firstSynDirection: number): boolean {
  return firstSynDirection !== NO_SYN;
}
