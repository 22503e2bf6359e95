// Which direction of a flow its interface received, by the hooks that saw it.
import { flowSeen } from '../wire/layout.generated.js';

/** Sent only where nothing of this direction came in: bits say which hooks saw it, not how much each. */
export function lowToHighIsReceived(seen: number): boolean {
  return (seen & (flowSeen.receivedLowToHigh | flowSeen.sentLowToHigh)) !== flowSeen.sentLowToHigh;
}

export function highToLowIsReceived(seen: number): boolean {
  return (seen & (flowSeen.receivedHighToLow | flowSeen.sentHighToLow)) !== flowSeen.sentHighToLow;
}
