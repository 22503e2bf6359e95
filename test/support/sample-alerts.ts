// Sample alerts as the rules would raise them, for screen tests.
import type { Alert, Severity } from '../../src/core/model/alert.js';
import { simulationStartUs } from './simulated-monitor.js';

const alert = (
  id: string,
  kind: string,
  severity: Severity,
  secondsAgo: number,
  message: string,
  count: number,
  more: Partial<Alert> = {},
): Alert => ({
  id,
  state: 'ongoing',
  kind,
  severity,
  technique: 'T1046',
  source: { address: '203.0.113.9' },
  destination: { address: '10.0.3.7' },
  protocol: 'TCP',
  interface: 'eth0',
  firstSeenUs: simulationStartUs - secondsAgo * 1e6,
  lastSeenUs: simulationStartUs,
  wallUs: simulationStartUs,
  count,
  message,
  evidence: { unit: 'ports', spoofable: false, confidence: 'high', ports: 412, windowSeconds: 10 },
  threshold: { ports: 20, windowSeconds: 10 },
  ...more,
});

export const sampleAlerts: readonly Alert[] = [
  alert(
    'a1',
    'syn_flood',
    'critical',
    9,
    '48.1k SYN/s from many sources to 10.0.3.7:443',
    481_000,
    {
      source: null,
      destination: { address: '10.0.3.7', port: 443 },
      technique: 'T1498.001',
      evidence: {
        unit: 'packets',
        spoofable: true,
        confidence: 'high',
        synPerSecond: 48_100,
        sources: { count: 9120, sample: ['198.51.100.7', '198.51.100.77'] },
      },
    },
  ),
  alert('a2', 'port_scan_syn', 'high', 24, '203.0.113.9 tries 412 ports of 10.0.3.7 in 10 s', 412),
  alert(
    'a3',
    'dns_tunnel',
    'medium',
    45,
    '10.0.3.9 sends 1.2k TXT queries a minute under x9f2.evil.example',
    1200,
  ),
  alert('a4', 'beaconing', 'medium', 500, '10.0.3.8 calls 198.51.100.77:4444 every 60.0 s ±0.3', 9),
  alert(
    'a5',
    'arp_spoofing',
    'low',
    1300,
    '10.0.3.1 is now at 02:42:ac:11:00:09, was 52:54:00:12:34:56',
    2,
  ),
  alert(
    'a6',
    'icmp_flood',
    'info',
    3000,
    'ended: 400 echo requests a second from 198.51.100.7',
    4000,
    { state: 'ended' },
  ),
];
