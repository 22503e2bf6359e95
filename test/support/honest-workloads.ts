// What honest hosts do all day that looks like an attack from afar: an hour or some minutes of it, as captures.
import { randomNumbers } from './attack-packets.js';
import type { Traffic } from './traffic.js';

const times = (count: number, one: (i: number) => void): void => {
  for (let i = 0; i < count; i += 1) one(i);
};
const get = (path: string, host: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: check/1.0\r\nAccept: */*\r\n\r\n`;
const found = (length: number): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`;
/** A TLS handshake and something after it, by lengths. */
const tls = (request: number, response: number): (string | Uint8Array | number)[] => [
  Uint8Array.from([0x16, 3, 1, 2, 0, 1, ...Array<number>(506).fill(7)]),
  3200,
  80,
  250,
  request,
  response,
];

const minute = 60;
const hour = 3600;

export const honestWorkloads: Record<string, (traffic: Traffic) => void> = {
  'a Kubernetes node: probes of forty pods, CoreDNS with search domains, a service mesh'(t) {
    const random = randomNumbers(1);
    const node = '10.244.1.1';
    const coreDns = '10.96.0.10';
    const pod = (i: number): string => `10.244.1.${10 + i}`;
    times(30, (round) => {
      times(40, (i) => {
        const at = round * 10 + i * 0.2 + random(100) / 1000;
        const isDown = i === 7 && round > 10 && round < 20;
        t.connection(at, {
          client: node,
          server: pod(i),
          port: i % 4 === 0 ? 8080 : 15_020,
          says: [get('/healthz', pod(i)), found(2)],
          answer: isDown ? 'refuses' : 'accepts',
        });
        if (i % 5 === 0) t.connection(at + 0.1, { client: node, server: pod(i), port: 5432 });
      });
      times(25, (i) => {
        const client = pod(i % 40);
        const service = ['api', 'orders', 'redis-master', 'kafka'][i % 4]!;
        for (const suffix of [
          'shop.svc.cluster.local',
          'svc.cluster.local',
          'cluster.local',
          'lan',
        ])
          for (const type of [1, 28])
            t.lookUp(round * 10 + i * 0.3, client, coreDns, {
              name: `${service}.external-${i % 9}.example.com.${suffix}`,
              type,
              rcode: 3,
            });
        t.lookUp(round * 10 + i * 0.3, client, coreDns, {
          name: `${service}.external-${i % 9}.example.com`,
          answer: '198.51.100.7',
        });
      });
      times(60, (i) =>
        t.connection(round * 10 + random(9000) / 1000, {
          client: pod(random(40)),
          server: pod((i * 7) % 40),
          port: 15_006,
          says: tls(300 + random(2000), 200 + random(9000)),
        }),
      );
    });
  },

  'a web server behind two load balancers that check it every second, and their clients'(t) {
    const random = randomNumbers(2);
    times(300, (second) => {
      for (const balancer of ['10.1.0.4', '10.1.0.5']) {
        t.connection(second + 0.1, {
          client: balancer,
          server: '10.1.0.80',
          port: 80,
          end: 'reset',
        });
        t.connection(second + 0.2, {
          client: balancer,
          server: '10.1.0.80',
          port: 8080,
          says: [get('/health', 'web'), found(5)],
        });
        t.connection(second + 0.3, {
          client: balancer,
          server: '10.1.0.81',
          port: 80,
          answer: 'refuses',
        });
        times(20, () =>
          t.connection(second + random(1000) / 1000, {
            client: balancer,
            server: '10.1.0.80',
            port: 80,
            says: [
              get(`/item/${random(100_000)}?${'q'.repeat(random(300))}`, 'shop'),
              found(random(6000)),
            ],
          }),
        );
      }
    });
  },

  'a backup: 130 MB to a place outside'(t) {
    const end = t.connection(0, {
      client: '10.2.0.7',
      server: '203.0.113.40',
      port: 443,
      says: tls(600, 300),
      end: 'open',
    });
    times(95_000, (i) =>
      t.datagram(end + i * 0.0006, ['10.2.0.7', 51_000], ['203.0.113.40', 443], 1400),
    );
    times(9500, (i) =>
      t.datagram(end + i * 0.006, ['203.0.113.40', 443], ['10.2.0.7', 51_000], 40),
    );
  },

  'a CI runner: sixty registries and mirrors, three of them gone'(t) {
    const random = randomNumbers(4);
    const runner = '10.3.0.9';
    times(4, (job) =>
      times(60, (i) => {
        const at = job * 100 + random(60_000) / 1000;
        const server = `198.51.100.${i + 1}`;
        t.lookUp(at, runner, '10.3.0.1', {
          name: `mirror${i}.cdn-${i % 11}.example.net`,
          answer: server,
        });
        times(1 + random(6), () =>
          t.connection(at + 0.1 + random(900) / 1000, {
            client: runner,
            server,
            port: i % 7 === 0 ? 80 : 443,
            says: tls(200 + random(900), random(60_000)),
            answer: i % 20 === 19 ? 'silent' : 'accepts',
          }),
        );
      }),
    );
  },

  'a mail server: 240 domains to deliver to, a third of them dead'(t) {
    const random = randomNumbers(5);
    const server = '10.4.0.25';
    times(240, (i) => {
      const at = i * 4 + random(3000) / 1000;
      const exchanger = `${[198, 203, 192][i % 3]}.${random(200)}.${random(250)}.${1 + random(250)}`;
      t.lookUp(at, server, '10.4.0.1', { name: `domain${i}.example`, type: 15, answerBytes: 30 });
      t.lookUp(at + 0.05, server, '10.4.0.1', {
        name: `mx${i % 3}.domain${i}.example`,
        answer: exchanger,
      });
      times(i % 3 === 0 ? 3 : 1, (again) =>
        t.connection(at + 0.1 + again, {
          client: server,
          server: exchanger,
          port: 25,
          clientPort: 40_000 + i,
          serverFirst: true,
          says: [
            '220 mx ESMTP\r\n',
            'EHLO out.example.org\r\n',
            '250 ok\r\n',
            'MAIL FROM:<a@b>\r\n',
            '250 ok\r\n',
            'DATA\r\n',
            '354 go on\r\n',
            3000,
            '250 queued\r\n',
            'QUIT\r\n',
            '221 bye\r\n',
          ],
          answer: i % 6 === 0 ? 'refuses' : i % 3 === 0 ? 'silent' : 'accepts',
        }),
      );
    });
  },

  'a monitoring host: pings, SNMP, SSH banners and pages of two hundred hosts, twelve of them down'(
    t,
  ) {
    const monitor = '10.5.0.2';
    const host = (i: number): string => `10.5.${1 + Math.floor(i / 100)}.${1 + (i % 100)}`;
    times(10, (round) =>
      times(200, (i) => {
        const at = round * 60 + i * 0.29;
        const isUp = i % 17 !== 3;
        t.ping(at, monitor, host(i), isUp);
        t.datagram(at + 0.05, [monitor, 40_000 + i], [host(i), 161], 43);
        if (isUp) t.datagram(at + 0.052, [host(i), 161], [monitor, 40_000 + i], 90);
        t.connection(at + 0.1, {
          client: monitor,
          server: host(i),
          port: 22,
          serverFirst: true,
          says: ['SSH-2.0-OpenSSH_9.2p1\r\n', 'SSH-2.0-check_ssh_2.3\r\n'],
          answer: isUp ? 'accepts' : 'silent',
        });
        t.connection(at + 0.2, {
          client: monitor,
          server: host(i),
          port: 9100,
          says: [get('/metrics', host(i)), found(20_000)],
          answer: isUp ? 'accepts' : 'silent',
        });
      }),
    );
  },

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

  'keepalived: VRRP, and a fail-over there and back with gratuitous ARP'(t) {
    const shared = '10.11.0.1';
    const [first, second] = ['10.11.0.2', '10.11.0.3'];
    const announce = (at: number, mac: string): void => {
      times(5, (i) => t.arp(at + i * 0.001, shared, shared, { mac, isReply: i % 2 === 1 }));
      times(5, (i) => t.arp(at + 5 + i * 0.001, shared, shared, { mac, isReply: i % 2 === 1 }));
    };
    const macs = ['02:1d:0a:0b:00:02', '02:1d:0a:0b:00:03'] as const;
    times(600, (second_) => {
      const master = second_ > 200 && second_ < 400 ? second : first;
      t.ip(
        second_,
        master,
        '224.0.0.18',
        112,
        Buffer.from([0x21, 51, 100, 1, 0, 1, 0, 0, 10, 11, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
      );
      times(4, (i) => {
        if ((second_ + i * 7) % 30 !== 0) return;
        t.arp(second_ + 0.2, `10.11.0.${20 + i}`, shared);
        t.arp(second_ + 0.21, shared, `10.11.0.${20 + i}`, {
          mac: macs[master === first ? 0 : 1],
          isReply: true,
        });
      });
    });
    announce(0.5, macs[0]);
    announce(201, macs[1]);
    announce(400, macs[0]);
  },

  'kube-vip: an address that is announced every three seconds, and moves once'(t) {
    const shared = '10.12.0.100';
    times(200, (i) => {
      const mac = i < 80 ? '02:1d:0a:0c:00:02' : '02:1d:0a:0c:00:03';
      t.arp(i * 3, shared, shared, { mac, isReply: i % 2 === 0 });
      if (i % 10 === 0) {
        t.arp(i * 3 + 1, '10.12.0.50', shared);
        t.arp(i * 3 + 1.01, shared, '10.12.0.50', { mac, isReply: true });
      }
    });
  },

  'DNS over HTTPS and over TLS, three thousand look-ups'(t) {
    const random = randomNumbers(14);
    times(300, (i) => {
      t.connection(i * 2 + random(1900) / 1000, {
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
};
