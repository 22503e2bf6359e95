// Parsers of payload on random, mutated, cut and repeated bytes: they never throw, and what they hand out is bounded.
import { describe, expect, it } from 'vitest';
import { dhcpAnswer, dhcpV6Answer } from '../../../src/core/protocols/dhcp.js';
import { parseDns, registeredDomain } from '../../../src/core/protocols/dns.js';
import { readHttpMessage } from '../../../src/core/protocols/http.js';
import { quotedHeader } from '../../../src/core/protocols/icmp-quote.js';
import { kerberosUser } from '../../../src/core/protocols/kerberos.js';
import { formLogIn, logInOf } from '../../../src/core/protocols/log-in.js';
import { refusalOf } from '../../../src/core/protocols/log-in-refusal.js';
import { isHttpHead, isWholeMessage } from '../../../src/core/protocols/message-end.js';
import { isSshClientKey, isSshGreeting, isSshNewKeys } from '../../../src/core/protocols/ssh.js';
import { latin1 } from '../../../src/core/protocols/text.js';
import { tlsServerName } from '../../../src/core/protocols/tls-client-hello.js';
import { Random } from '../../support/random.js';

const PAYLOAD_MAX = 2048;
const ROUNDS = 4000;

const hex = (text: string): Uint8Array => Buffer.from(text.replace(/\s/g, ''), 'hex');
const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');

/** What each parser understands: the mutations begin here, since random bytes don't get past the first test. */
const seeds: readonly Uint8Array[] = [
  hex(
    '1234 8180 0001 0002 0000 0000 03777777 076578616d706c65 03636f6d 00 0001 0001 c00c 0001 0001 0000003c 0004 01020304 c00c 0010 0001 00000000 0003 026869',
  ),
  Buffer.concat([
    hex('02'),
    Buffer.alloc(235),
    hex('63825363 350102 3604c0a80001 0304c0a80001 060801010101 08080808 ff'),
  ]),
  hex(
    '07 000001 0002 0004 00010203 0003 0028 000000010000000200000003 0005 0018 fe800000000000000000000000000001 0000000a0000000b 0017 0010 20010db8000000000000000000000053',
  ),
  text(
    'POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\nAuthorization: Basic dXNlcjpwYXNz\r\n\r\nuser=alice&password=secret',
  ),
  text('HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n'),
  text('a1 LOGIN "alice" "secret"\r\n'),
  text('AUTH PLAIN AGFsaWNlAHNlY3JldA==\r\n'),
  hex('30 1a 020101 60 15 020103 0408 636e3d61646d696e 8006 736563726574'),
  hex('0301 0000 0000 0000 4500 001c 1c46 4000 40 06 0000 0a000001 0a000002 1f90 0050'),
  hex('6a 81 00 a0 03 02 01 01 a1 0a 30 08 1b 05 61 6c 69 63 65'),
  hex(
    '16 0301 0060 01 00005c 0303' +
      '00'.repeat(32) +
      '00 0002 1301 0100 0031 0000 0010 000e 00 000b 6578616d706c652e636f6d 000a 0004 0002 001d',
  ),
  text('SSH-2.0-OpenSSH_9.6\r\n'),
  hex('0000 000c 0a15 0000 0000 0000'),
];

function readAll(bytes: Uint8Array): void {
  const asText = latin1(bytes, PAYLOAD_MAX);
  expect(asText.length).toBeLessThanOrEqual(PAYLOAD_MAX);
  const dns = parseDns(bytes);
  if (dns) {
    expect(dns.records.length).toBeLessThanOrEqual(20);
    expect(dns.name.length).toBeLessThanOrEqual(255 * 4);
    for (const record of dns.records) expect(record.data.length).toBeLessThanOrEqual(128);
    expect(registeredDomain(dns.labels).length).toBeLessThanOrEqual(dns.name.length);
  }
  for (const answer of [dhcpAnswer(bytes), dhcpV6Answer(bytes)])
    if (answer) expect(answer.server.length + answer.gives.length).toBeLessThan(4 * PAYLOAD_MAX);
  for (const version of [4, 6] as const) {
    const quote = quotedHeader(bytes, version);
    if (quote) expect([quote.source.length, quote.destination.length]).toEqual([16, 16]);
  }
  const http = readHttpMessage(asText, bytes.length);
  if (http) expect(http.promisedBytes).toBeGreaterThanOrEqual(0);
  for (const port of [0, 23, 80, 110, 1433, 6379]) {
    const found = logInOf(asText, bytes, port);
    if (found) expect(found.user.length).toBeLessThanOrEqual(PAYLOAD_MAX);
    refusalOf(asText, bytes, port);
  }
  const form = formLogIn(asText);
  if (form) expect(form.user.length).toBeLessThanOrEqual(PAYLOAD_MAX);
  const user = kerberosUser(asText);
  if (user !== null) expect(user.length).toBeLessThanOrEqual(255);
  const name = tlsServerName(bytes);
  if (name !== null) expect(name.length).toBeLessThanOrEqual(255);
  isSshClientKey(bytes);
  isSshNewKeys(bytes);
  isSshGreeting(bytes);
  isHttpHead(bytes);
  isWholeMessage(bytes);
}

describe('parsers of payload', () => {
  it('understand the seeds, so that mutations of these reach their depths', () => {
    const [dns, dhcp, dhcpV6, post, answer, imap, smtp, ldap, quote, kerberos, tls] = seeds;
    expect(parseDns(dns!)?.records).toHaveLength(2);
    expect(dhcpAnswer(dhcp!)?.server).toBe('192.168.0.1');
    expect(dhcpV6Answer(dhcpV6!)?.isAbsurd).toBe(true);
    expect(logInOf(latin1(post!), post!, 80)?.user).toBe('user');
    expect(readHttpMessage(latin1(answer!), 100)?.promisedBytes).toBeGreaterThan(99_999_999);
    expect(logInOf(latin1(imap!), imap!, 143)?.service).toBe('IMAP');
    expect(logInOf(latin1(smtp!), smtp!, 25)?.user).toBe('alice');
    expect(logInOf(latin1(ldap!), ldap!, 389)?.service).toBe('LDAP');
    expect(quotedHeader(quote!, 4)?.destinationPort).toBe(80);
    expect(kerberosUser(latin1(kerberos!))).toBe('alice');
    expect(tlsServerName(tls!)).toBe('example.com');
  });

  it('survive every cut of what they understand', () => {
    for (const seed of seeds)
      for (let length = 0; length <= seed.length; length += 1) readAll(seed.subarray(0, length));
  });

  it('survive mutations and random bytes', () => {
    const random = new Random(7);
    const below = (limit: number): number => random.below(limit);
    for (let round = 0; round < ROUNDS; round += 1) {
      const seed = seeds[below(seeds.length)]!;
      const isRandom = round % 8 === 0;
      const bytes = isRandom
        ? Uint8Array.from({ length: below(PAYLOAD_MAX) }, () => below(256))
        : Uint8Array.from([...seed, ...(round % 3 === 0 ? seeds[below(seeds.length)]! : [])]);
      for (let times = below(8); times > 0 && bytes.length > 0; times -= 1)
        bytes[below(bytes.length)] = [0, 0xff, 0x7f, 0x80, 0xc0, below(256)][below(6)]!;
      readAll(bytes);
    }
  });

  it('end on the longest repetition of every byte', () => {
    for (let byte = 0; byte < 256; byte += 1) readAll(new Uint8Array(PAYLOAD_MAX).fill(byte));
  });

  it('bear long words that almost match', () => {
    const almost = [
      'a'.repeat(2048),
      'password '.repeat(227),
      '"user":'.repeat(290),
      `${'A'.repeat(2000)} NO `,
    ];
    for (const one of almost) readAll(text(`GET /?${one}`));
    for (const one of almost) readAll(text(one));
  });
});
