// Harmless traffic of servers and clusters that resembles an attack.
import { randomNumbers } from './attack-packets.js';
import type { Traffic } from './traffic.js';

import { found, get, times, tls } from './workload-words.js';

export const clusterWorkloads: Record<string, (traffic: Traffic) => void> = {
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

  'a node that fails: Prometheus, a load balancer and an ingress go on asking for it'(t) {
    times(60, (round) => {
      const answer = round < 15 ? 'accepts' : round % 2 ? 'silent' : 'refuses';
      times(40, (i) =>
        t.connection(round * 10 + i * 0.1, {
          client: '10.244.0.9',
          server: `10.244.3.${10 + i}`,
          port: 15_020,
          says: [get('/stats/prometheus', 'pod'), found(3000)],
          answer,
        }),
      );
      times(24, (i) =>
        t.connection(round * 10 + 5 + i * 0.1, {
          client: '35.191.0.1',
          server: '10.0.3.7',
          port: 30_100 + i * 31,
          end: 'reset',
          answer,
        }),
      );
    });
  },

  'a trunk: three tenants with the same addresses, each in a VLAN of its own'(t) {
    times(120, (second) =>
      times(3, (tenant) => {
        const mac = `02:1d:00:00:0${tenant}:01`;
        const vlan = 100 + tenant;
        const [gateway, client] = ['192.168.1.1', `192.168.1.${10 + (second % 9)}`];
        t.arp(second + tenant * 0.1, client, gateway, { vlan });
        t.arp(second + tenant * 0.1 + 0.01, gateway, client, { mac, isReply: true, vlan });
        if (second % 30 === 0) t.arp(second + 0.5, gateway, gateway, { mac, vlan });
      }),
    );
  },
};
