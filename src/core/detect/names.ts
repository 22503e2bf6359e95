// Words for numbers off the wire that evidence and messages use.
import { tunnelNames } from '../format/tunnel.js';

export function tunnelText(type: number, id: number): string {
  const name = tunnelNames[type] ?? `tunnel ${type}`;
  return id ? `${name} ${id}` : name;
}

export { protocolName as protocolText } from '../format/protocol.js';

const services: Readonly<Record<number, string>> = {
  21: 'FTP',
  22: 'SSH',
  23: 'Telnet',
  25: 'SMTP',
  53: 'DNS',
  80: 'HTTP',
  88: 'Kerberos',
  110: 'POP3',
  111: 'portmapper',
  135: 'RPC',
  139: 'NetBIOS',
  143: 'IMAP',
  389: 'LDAP',
  443: 'HTTPS',
  445: 'SMB',
  465: 'SMTP',
  587: 'SMTP',
  636: 'LDAP',
  993: 'IMAP',
  995: 'POP3',
  1433: 'SQL Server',
  1521: 'Oracle',
  2049: 'NFS',
  2375: 'Docker',
  2379: 'etcd',
  3306: 'MySQL',
  3389: 'RDP',
  5432: 'PostgreSQL',
  5900: 'VNC',
  5985: 'WinRM',
  6379: 'Redis',
  6443: 'Kubernetes API',
  8080: 'HTTP',
  9200: 'Elasticsearch',
  10250: 'kubelet',
  10255: 'kubelet',
  11211: 'memcached',
  27017: 'MongoDB',
};

/** "SSH", or "port 902". */
export function serviceText(port: number): string {
  return services[port] ?? `port ${port}`;
}

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
