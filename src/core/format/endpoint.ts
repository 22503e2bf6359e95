// One end of a conversation as text: "10.0.0.1:443", "[2001:db8::1]:443", the address alone where there is no port.
import type { Endpoint } from '../model/endpoint.js';

export function endpointText({ address, port }: Endpoint): string {
  if (port === null) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
