// Words for numbers off the wire that evidence and messages use.
import { tunnelNames } from '../format/tunnel.js';

export function tunnelText(type: number, id: number): string {
  const name = tunnelNames[type] ?? `tunnel ${type}`;
  return id ? `${name} ${id}` : name;
}

export { protocolName as protocolText } from '../format/protocol.js';

export { serviceTitle as serviceText } from '../format/services.js';

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** "443", "22, 80 and 443", "22, 80, 443 and 5 others". */
export function listText(items: readonly (string | number)[], shown = 3): string {
  const head = items.slice(0, shown);
  const rest = items.length - head.length;
  if (rest > 0) return `${head.join(', ')} and ${rest} other${rest === 1 ? '' : 's'}`;
  if (head.length < 2) return head.join('');
  return `${head.slice(0, -1).join(', ')} and ${head[head.length - 1]}`;
}
