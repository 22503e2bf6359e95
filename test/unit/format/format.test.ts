// Values as people and JSON see them.
import { describe, expect, it } from 'vitest';
import { formatAddress, formatMac } from '../../../src/core/format/address.js';
import { parseAddress } from '../../../src/core/format/parse-address.js';
import { protocolName, protocolNumber } from '../../../src/core/format/protocol.js';
import {
  formatAge,
  formatBitsPerSecond,
  formatBytes,
  formatCount,
} from '../../../src/core/format/quantity.js';
import { safeText } from '../../../src/core/format/safe-text.js';
import { formatTime } from '../../../src/core/format/time.js';
import { tunnelNameByKind, tunnelNames } from '../../../src/core/format/tunnel.js';
import { protocolIndex, tunnelType } from '../../../src/core/wire/layout.generated.js';
import { addressBytes } from '../../support/batch-builder.js';

describe('addresses as RFC 5952 writes them', () => {
  it.each([
    ['10.0.0.1', '10.0.0.1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['fe80:0:0:0:0:0:0:0', 'fe80::'],
    ['2001:DB8:AAAA:BBBB:CCCC:DDDD:EEEE:1', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1'],
  ])('%s', (written, expected) => {
    expect(formatAddress(addressBytes(written))).toBe(expected);
  });
  it('a mapped address in an IPv6 packet stays one', () => {
    expect(formatAddress(addressBytes('1.2.3.4'), 0, 6)).toBe('::ffff:1.2.3.4');
  });
  it('MAC', () => {
    expect(formatMac(Uint8Array.of(0, 1, 0x2b, 0xff, 0, 9))).toBe('00:01:2b:ff:00:09');
  });
});

describe('addresses as they are written', () => {
  const good: [string, string][] = [
    ['10.1.2.3', '10.1.2.3'],
    ['::', '::'],
    ['2001:DB8::1', '2001:db8::1'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ];
  it.each(good)('%s', (text, written) => {
    expect(formatAddress(parseAddress(text)!)).toBe(written);
  });

  const wrong = [
    '',
    '10.1',
    '10.1.2.256',
    '10.1.2.3.4',
    '0x7f.1.1.1',
    '1.2.3.4 ',
    ':',
    ':::',
    '1::2::3',
  ];
  it.each([...wrong, '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '12345::', 'fe80::1%eth0', '::1.2.3'])(
    '%j is none',
    (text) => {
      expect(parseAddress(text)).toBeNull();
    },
  );
});

describe('time', () => {
  it('has six decimals', () => {
    expect(formatTime(1_700_000_000_000_001)).toBe('2023-11-14T22:13:20.000001Z');
    expect(formatTime(0)).toBe('1970-01-01T00:00:00.000000Z');
  });
  it('of a hostile capture is clamped', () => {
    expect(formatTime(1e300)).toMatch(/^9999/);
    expect(formatTime(-5)).toMatch(/^1970/);
    expect(formatTime(Number.NaN)).toMatch(/^1970/);
  });
});

describe('quantities', () => {
  it.each([
    [0, '0'],
    [7, '7'],
    [999, '999'],
    [999.6, '1.00k'],
    [1000, '1.00k'],
    [1234567, '1.23M'],
    [99_950_000, '100M'],
    [2 ** 53, '9.01P'],
  ])('%d', (value, expected) => {
    expect(formatCount(value)).toBe(expected);
  });
  it('have their units', () => {
    expect(formatBytes(1500)).toBe('1.50kB');
    expect(formatBitsPerSecond(1e9)).toBe('1.00Gb/s');
  });
  it.each([
    [5, '5s'],
    [65, '1m'],
    [3600 + 32 * 60, '1h32'],
    [3 * 86400 + 4 * 3600, '3d04'],
  ])('age of %d s', (seconds, expected) => {
    expect(formatAge(seconds)).toBe(expected);
  });
});

describe('text from strangers', () => {
  it.each([
    ['\u001b[31mred', '·[31mred'],
    ['a\u202eb\u2066c', 'a·b·c'],
    ['zero\u200bwidth\ufeff', 'zero·width·'],
    ['\u009b2J\u0007\r\n', '·2J···'],
    ['lone \ud800 surrogate', 'lone · surrogate'],
    ['plain é 漢 😀', 'plain é 漢 😀'],
    ['tag \udb40\udc41', 'tag ·'],
  ])('%j', (text, expected) => {
    expect(safeText(text)).toBe(expected);
  });
  it('has an end', () => {
    expect(safeText('x'.repeat(1000), 10)).toBe(`${'x'.repeat(9)}…`);
  });
});

describe('tunnels', () => {
  it('have the order of enum tunnel_type', () => {
    const kinds = Object.keys(tunnelType).filter((kind) => kind !== 'none');
    expect(Object.keys(tunnelNameByKind)).toEqual(kinds);
    for (const [kind, name] of Object.entries(tunnelNameByKind)) {
      expect(tunnelNames[tunnelType[kind as keyof typeof tunnelType]]).toBe(name);
    }
  });
});

describe('protocols', () => {
  it('beyond 255 are the rows of records.h', () => {
    expect(protocolName(protocolIndex.arp)).toBe('ARP');
    expect(protocolName(protocolIndex.lldp)).toBe('LLDP');
    expect(protocolName(protocolIndex.stp)).toBe('STP');
    expect(protocolName(protocolIndex.ethernetOther)).toBe('Ethernet-other');
    expect(protocolName(protocolIndex.malformed)).toBe('malformed');
  });
  it('have numbers by name, and back', () => {
    for (let row = 0; row < 256; row += 1) expect(protocolNumber(protocolName(row))).toBe(row);
    expect(protocolNumber('IP-300')).toBeUndefined();
    expect(protocolNumber('constructor')).toBeUndefined();
  });
});
