// Harmless traffic of office machines that resembles an attack.
import { randomNumbers } from './attack-packets.js';
import { ipAddress, ipProtocol, macAddress } from './packet-builder.js';
import { macOf, type Traffic } from './traffic.js';

import { hour, minute, times, tls } from './workload-words.js';

export const officeWorkloads: Record<string, (traffic: Traffic) => void> = {
  'BitTorrent: four hundred peers, most of them gone, and the DHT'(t) {
    const random = randomNumbers(7);
    const own = '10.6.0.8';
    const peer = (): string =>
      `${20 + random(180)}.${random(250)}.${random(250)}.${1 + random(250)}`;
    times(400, (i) => {
      const dies = random(10);
      t.connection(i * 0.9, {
        client: own,
        server: peer(),
        port: random(3) === 0 ? 6881 + random(9) : 1025 + random(60_000),
        says: ['\x13BitTorrent protocol'.padEnd(68, '\x05'), 68, 900, 16_000],
        answer: dies < 5 ? 'silent' : dies < 7 ? 'refuses' : 'accepts',
      });
      times(4, () => {
        const [address, port] = [peer(), 1025 + random(60_000)] as const;
        t.datagram(i * 0.9 + random(900) / 1000, [own, 6881], [address, port], 101);
        if (random(3) > 0) t.datagram(i * 0.9 + 0.95, [address, port], [own, 6881], 280);
        else if (random(3) === 0) t.unreachable(i * 0.9 + 0.95, address, own, 3, port);
      });
    });
  },

  'a call: STUN to a dozen candidates, then RTP both ways for two minutes'(t) {
    const own = '10.7.0.3';
    times(12, (i) =>
      times(5, (again) =>
        t.datagram(
          i * 0.05 + again * 0.4,
          [own, 50_000 + (i % 3)],
          [`198.51.100.${i + 1}`, 3478 + i * 100],
          100,
        ),
      ),
    );
    times(6000, (i) => {
      t.datagram(3 + i * 0.02, [own, 50_000], ['198.51.100.4', 40_004], 170 + (i % 30));
      t.datagram(3.01 + i * 0.02, ['198.51.100.4', 40_004], [own, 50_000], 170 + (i % 25));
      if (i % 3 === 0) t.datagram(3 + i * 0.02, [own, 50_000], ['198.51.100.4', 40_004], 1100);
    });
  },

  'Windows machines: LLMNR, NetBIOS, mDNS, SSDP and a domain controller'(t) {
    const random = randomNumbers(9);
    times(30, (i) => {
      const own = `10.8.0.${10 + i}`;
      times(20, (round) => {
        const at = round * 30 + random(25_000) / 1000;
        const name = `PC-${random(40)}`;
        t.datagram(at, [own, 137], ['10.8.0.255', 137], 50);
        t.datagram(at + 0.1, [own, 5353], ['224.0.0.251', 5353], 60 + random(200));
        t.datagram(at + 0.2, [own, 50_000 + random(9000)], ['224.0.0.252', 5355], 25 + name.length);
        t.datagram(at + 0.3, [own, 50_000 + random(9000)], ['239.255.255.250', 1900], 137);
        t.datagram(at + 0.31, ['10.8.0.1', 1900], [own, 50_000], 300);
        t.datagram(at + 0.4, [own, 138], ['10.8.0.255', 138], 220);
        t.lookUp(at + 0.5, own, '10.8.0.2', {
          name: `_ldap._tcp.dc._msdcs.corp.example`,
          type: 33,
          answerBytes: 40,
        });
        t.lookUp(at + 0.5, own, '10.8.0.2', { name: 'wpad.corp.example', rcode: 3 });
        t.connection(at + 0.6, { client: own, server: '10.8.0.2', port: 88, says: [1500, 1600] });
        t.connection(at + 0.7, {
          client: own,
          server: '10.8.0.2',
          port: 389,
          says: [300, 900, 400, 2000],
        });
        t.connection(at + 0.8, {
          client: own,
          server: '10.8.0.2',
          port: 445,
          says: [240, 600, 500, 700, 2000, 9000],
        });
      });
    });
  },

  'VPNs: WireGuard and OpenVPN for ten minutes, with new hand shakes'(t) {
    times(20_000, (i) => {
      t.datagram(
        i * 0.03,
        ['10.9.0.4', 51_820],
        ['203.0.113.9', 51_820],
        i % 4000 === 0 ? 148 : 100 + ((i * 37) % 1300),
      );
      if (i % 2)
        t.datagram(
          i * 0.03 + 0.01,
          ['203.0.113.9', 51_820],
          ['10.9.0.4', 51_820],
          100 + ((i * 53) % 1300),
        );
      if (i % 3)
        t.datagram(i * 0.03, ['10.9.0.5', 40_000], ['203.0.113.10', 1194], 90 + ((i * 31) % 1300));
      if (i % 3 > 1) t.datagram(i * 0.03 + 0.01, ['203.0.113.10', 1194], ['10.9.0.5', 40_000], 120);
    });
  },

  'an office behind one address: eighty browsers'(t) {
    const random = randomNumbers(11);
    times(80, () => {
      const begins = random(240_000) / 1000;
      times(30, (i) =>
        t.connection(begins + i * 0.3, {
          client: '203.0.113.200',
          server: '10.10.0.80',
          port: 443,
          clientPort: 1024 + random(60_000),
          says: tls(400 + random(1500), random(40_000)),
          pause: 0.02 + random(100) / 1000,
          end: i % 5 === 0 ? 'open' : 'fin',
        }),
      );
    });
  },

  'DNS over HTTPS and over TLS, three thousand look-ups'(t) {
    const random = randomNumbers(14);
    times(300, (i) => {
      t.connection(random(600_000) / 1000, {
        client: '10.13.0.4',
        server: i % 2 ? '198.51.100.53' : '198.51.100.54',
        port: i % 2 ? 853 : 443,
        says: [...tls(120, 200), ...Array.from({ length: 18 }, () => 60 + random(200))],
        pause: 0.03,
      });
    });
  },

  'a user who mistypes a password three times, and a script that copies by key every second'(t) {
    times(3, (i) =>
      t.connection(i * 6, {
        client: '10.14.0.3',
        server: '10.14.0.22',
        port: 21,
        serverFirst: true,
        says: [
          '220 ready\r\n',
          'USER jo\r\n',
          '331 password\r\n',
          `PASS x${i}\r\n`,
          '530 Login incorrect.\r\n',
        ],
        pause: 0.5,
      }),
    );
    times(5, (i) =>
      t.connection(30 + i * 9, {
        client: '10.14.0.4',
        server: '10.14.0.80',
        port: 80,
        says: [
          'GET /private HTTP/1.1\r\nHost: h\r\n\r\n',
          'HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n',
        ],
      }),
    );
  },

  'a reverse DNS of two hundred addresses, block lists, and anti-virus look-ups'(t) {
    const random = randomNumbers(16);
    const hex = (length: number): string =>
      Array.from({ length }, () => random(16).toString(16)).join('');
    times(200, (i) => {
      t.lookUp(i * 0.3, '10.15.0.2', '10.15.0.1', {
        name: `${i}.2.0.192.in-addr.arpa`,
        type: 12,
        rcode: i % 2 ? 3 : 0,
        answerBytes: i % 2 ? 0 : 20,
      });
      t.lookUp(i * 0.3 + 0.05, '10.15.0.25', '10.15.0.1', {
        name: `${i}.7.51.198.zen.dnsbl.example.org`,
        rcode: 3,
      });
    });
    times(40, (i) =>
      t.lookUp(i * 4, '10.15.0.3', '10.15.0.1', {
        name: `${hex(40)}.avts.example.net`,
        answer: '127.0.0.1',
      }),
    );
  },

  'a host that comes up: ARP for its neighbours, a printer search, time, updates'(t) {
    times(14, (i) => t.arp(i * 0.4, '10.16.0.40', `10.16.0.${1 + i}`));
    times(5, (i) => t.datagram(1 + i, ['10.16.0.40', 123], [`198.51.100.${i + 1}`, 123], 48));
    times(5, (i) => t.datagram(1.02 + i, [`198.51.100.${i + 1}`, 123], ['10.16.0.40', 123], 48));
    times(30, (i) => t.ping(5 + i, '10.16.0.40', '10.16.0.1'));
    times(3, (i) => t.datagram(2 + i, ['10.16.0.40', 3702], ['239.255.255.250', 3702], 600));
  },

  'an hour of small talk: telemetry each minute, idle web sockets, an SSH session at work'(t) {
    const random = randomNumbers(18);
    times(60, (i) => {
      t.connection(i * minute + random(20_000) / 1000, {
        client: '10.17.0.5',
        server: '198.51.100.80',
        port: 443,
        says: tls(800 + random(900), 300),
      });
    });
    times(60, (i) =>
      t.connection(i * 0.2, {
        client: '10.17.0.6',
        server: '10.17.0.80',
        port: 8080,
        says: [
          'GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n',
          'HTTP/1.1 101 Switching Protocols\r\n\r\n',
          ...Array.from({ length: 40 }, () => 6),
        ],
        pause: hour / 60,
        end: 'open',
      }),
    );
  },

  'IPv6: twenty hosts with new addresses every few minutes, and two routers'(t) {
    const random = randomNumbers(21);
    const word = (): string => (1 + random(0xfffe)).toString(16);
    times(200, (i) => {
      const own = `2001:db8:5::${word()}:${word()}`;
      const at = i * 3 + random(2000) / 1000;
      const target = Buffer.concat([Buffer.alloc(4), ipAddress(own)]);
      t.ip(at, '::', 'ff02::1:ff00:1', ipProtocol.icmpv6, icmp6(135, target));
      const mine = Buffer.concat([Buffer.alloc(4), ipAddress('2001:db8:5::1')]);
      t.ip(at + 1, own, 'ff02::1:ff00:1', ipProtocol.icmpv6, icmp6(135, mine, macOf(own)));
      t.connection(at + 1.1, {
        client: own,
        server: '2001:db8:99::80',
        port: 443,
        says: tls(500, 4000),
      });
      for (const router of ['fe80::1', 'fe80::2']) {
        const advertisement = Buffer.from([64, 0, 7, 8, 0, 0, 0, 0, 0, 0, 0, 0]);
        if (i % 50 === 0)
          t.ip(at, router, 'ff02::1', ipProtocol.icmpv6, icmp6(134, advertisement, macOf(router)));
      }
    });
  },
};

/** With the sender's link-layer address, if any. */
function icmp6(type: number, body: Uint8Array, mac?: string): Buffer {
  const option = mac ? Buffer.concat([Buffer.from([1, 1]), macAddress(mac)]) : Buffer.alloc(0);
  return Buffer.concat([Buffer.from([type, 0, 0, 0]), body, option]);
}
