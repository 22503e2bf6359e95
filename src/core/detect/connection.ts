// Which connection a kernel event belongs to, and whether its payload is worth reading.
import type { KernelEvent } from '../model/kernel-event.js';
import { isPrintable } from '../protocols/text.js';
import { addressKey } from './address.js';

/** Several rules ask for the same kernel event one after the other: its key is made once. */
let lastKernelEvent: KernelEvent | null = null;
let lastKey = 0;

/** Begins with a printable character, as everything does that a service or its client says in the clear: without a view of its payload. */
export function isReadableKernelEvent(kernelEvent: KernelEvent): boolean {
  return isPrintable(kernelEvent.payloadByte(0));
}

/** One key for both directions of a connection. */
export function connectionKey(kernelEvent: KernelEvent): number {
  if (kernelEvent === lastKernelEvent) return lastKey;
  const { addressBytes, sourceAddressAt, destinationAddressAt } = kernelEvent;
  const source = addressKey(addressBytes, sourceAddressAt);
  const destination = addressKey(addressBytes, destinationAddressAt);
  lastKey = endsKey(source, kernelEvent.sourcePort, destination, kernelEvent.destinationPort);
  lastKernelEvent = kernelEvent;
  return lastKey;
}

/** The same, of two hosts' keys. */
export function endsKey(host: number, port: number, other: number, otherPort: number): number {
  const a = host + port * 7919;
  const b = other + otherPort * 7919;
  return a < b ? a + b * 0.5 : b + a * 0.5;
}
