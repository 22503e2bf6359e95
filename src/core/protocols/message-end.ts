// Whether what has come of a message is all of it: the protocols that rules read say so by a length, an empty line or a line's end.
import { isPrintable, latin1 } from './text.js';

const methods = [
  'GET ',
  'POST ',
  'PUT ',
  'HEAD ',
  'DELETE ',
  'OPTIONS ',
  'PATCH ',
  'PROPFIND ',
  'CONNECT ',
  'HTTP/1.',
];
const firstLetters = new Set(methods.map((method) => method.charCodeAt(0)));
const LONGEST_METHOD = 9;
const contentLength = /^content-length: *(\d{1,15})\r?$/im;
/** Padding ends what is in base64, whether or not its line ends in the same packet. */
const paddedBase64 = /^[A-Za-z0-9+/]{2,}={1,2}$/;
const EQUALS_SIGN = 0x3d;
/** What is binary shows it in its first bytes. */
const BINARY_WITHIN = 64;
const LINE_FEED = 0x0a;
const TLS_HANDSHAKE = 0x16;
const TLS_HEADER = 5;
const BER_SEQUENCE = 0x30;
/** "*", of Redis' arrays. */
const REDIS_ARRAY = 0x2a;
const redisCount = /^\*(\d{1,2})\r\n/;
const REDIS_ARGUMENTS_MAX = 8;
/** After four bytes of length: SMB1, SMB2, and Kerberos' AS-REQ and KRB-ERROR. */
const framed = new Set([0xfe, 0xff, 0x6a, 0x7e]);

/** Of bytes that a message begins with; also true where that can't be decided. */
export function isWholeMessage(bytes: Uint8Array): boolean {
  const first = bytes[0];
  if (first === undefined) return true;
  if (first === TLS_HANDSHAKE) return isWholeTls(bytes);
  if (first === BER_SEQUENCE) return isWholeBer(bytes);
  if (first === 3 && (bytes[1] ?? 0) === 0)
    return isAtLeast(bytes, 4, (bytes[2]! << 8) | bytes[3]!);
  if (first === 0 && framed.has(bytes[4] ?? 0))
    return bytes.length >= 4 + ((bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!);
  if (!isPrintable(first)) return true;
  return isWholeText(bytes);
}

/** HTTP/1, of either side: what continues it is its body. */
export function isHttpHead(bytes: Uint8Array): boolean {
  return firstLetters.has(bytes[0] ?? 0) && methods.some((method) => beginsWith(bytes, method));
}

/** Without a text: most of what is asked never needs one. */
function beginsWith(bytes: Uint8Array, word: string): boolean {
  for (let at = 0; at < word.length; at += 1) if (bytes[at] !== word.charCodeAt(at)) return false;
  return true;
}

function isAtLeast(bytes: Uint8Array, header: number, length: number): boolean {
  return bytes.length >= header && bytes.length >= length;
}

function isWholeTls(bytes: Uint8Array): boolean {
  if (bytes.length > 1 && bytes[1] !== 3) return true;
  return isAtLeast(bytes, TLS_HEADER, TLS_HEADER + ((bytes[3]! << 8) | bytes[4]!));
}

function isWholeBer(bytes: Uint8Array): boolean {
  const length = bytes[1];
  if (length === undefined) return false;
  if (length < 0x80) return bytes.length >= 2 + length;
  if (length === 0x81) return isAtLeast(bytes, 3, 3 + bytes[2]!);
  if (length === 0x82) return isAtLeast(bytes, 4, 4 + ((bytes[2]! << 8) | bytes[3]!));
  return true;
}

function isWholeText(bytes: Uint8Array): boolean {
  if (isHttpHead(bytes)) return isWholeHttp(latin1(bytes));
  if (bytes[0] === REDIS_ARRAY) return isWholeRedis(latin1(bytes));
  if (bytes.length <= LONGEST_METHOD) {
    const text = latin1(bytes);
    if (methods.some((method) => method.startsWith(text))) return false;
  }
  const last = bytes.at(-1);
  if (last === EQUALS_SIGN && bytes.length % 4 === 0 && paddedBase64.test(latin1(bytes)))
    return true;
  return last === LINE_FEED || hasControls(bytes);
}

function isWholeHttp(text: string): boolean {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return false;
  if (text.startsWith('HTTP/')) return true;
  const body = contentLength.exec(text.slice(0, end));
  return !body || text.length >= end + 4 + Number(body[1]);
}

function isWholeRedis(text: string): boolean {
  const count = redisCount.exec(text);
  if (!count) return text.length > 5;
  const lines = 1 + 2 * Math.min(Number(count[1]), REDIS_ARGUMENTS_MAX);
  let found = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) found += 1;
  return found >= lines;
}

/** Something binary that happens to begin with a letter: it ends where its packet ends, as far as we know. */
function hasControls(bytes: Uint8Array): boolean {
  const end = Math.min(bytes.length, BINARY_WITHIN);
  for (let at = 0; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x1b)
      return true;
  }
  return false;
}
