// What the first bytes of a connection say: which protocol speaks, who logs in, and whether that failed. Passwords are looked for
// and compared by hash, never kept.
import type { KernelEvent } from '../model/kernel-event.js';
import { addressKey } from './address.js';

/** Several rules read the same payload one after the other: its text is made once, and so is its connection's key. */
let lastBytes: Uint8Array | null = null;
let lastMax = 0;
let lastText = '';
let lastKernelEvent: KernelEvent | null = null;
let lastKey = 0;
/** All kernel events of a tenth of a second share one buffer. */
let lastMemory: ArrayBufferLike | null = null;
let lastBuffer: Buffer<ArrayBufferLike> = Buffer.alloc(0);

/** Latin-1, so that every byte is one character and nothing is rejected. In one piece: a text put together by characters costs 32 bytes each. */
export function latin1(bytes: Uint8Array, max = 1024): string {
  if (bytes === lastBytes && max === lastMax) return lastText;
  if (bytes.buffer !== lastMemory) {
    lastMemory = bytes.buffer;
    lastBuffer = Buffer.from(bytes.buffer);
  }
  const start = bytes.byteOffset;
  lastText = lastBuffer.toString('latin1', start, start + Math.min(bytes.length, max));
  lastBytes = bytes;
  lastMax = max;
  return lastText;
}

/** Begins with a printable character, as everything does that a service or its client says in the clear. */
export function isReadable(bytes: Uint8Array): boolean {
  return isPrintable(bytes[0] ?? 0);
}

/** The same of a kernel event whose payload need not be looked at any further. */
export function isReadableKernelEvent(kernelEvent: KernelEvent): boolean {
  return isPrintable(kernelEvent.payloadByte(0));
}

function isPrintable(byte: number): boolean {
  return byte > 0x20 && byte < 0x7f;
}

export function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  for (let i = 0; i < start.length; i += 1) if (bytes[i] !== start[i]) return false;
  return true;
}

/** One key for both directions of a connection. */
export function connectionKey(kernelEvent: KernelEvent): number {
  if (kernelEvent === lastKernelEvent) return lastKey;
  const { addressBytes, sourceAddressAt, destinationAddressAt } = kernelEvent;
  const source = addressKey(addressBytes, sourceAddressAt);
  const destination = addressKey(addressBytes, destinationAddressAt);
  lastKey = endsKey(source, kernelEvent.sourcePort, destination, kernelEvent.destinationPort);
  lastKernelEvent = kernelEvent;
  return lastKey;
}

/** The same, of two hosts' keys. */
export function endsKey(host: number, port: number, other: number, otherPort: number): number {
  const a = host + port * 7919;
  const b = other + otherPort * 7919;
  return a < b ? a + b * 0.5 : b + a * 0.5;
}

export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export interface LogIn {
  readonly service: string;
  readonly user: string;
  /** Of user and password, to tell tries apart. */
  readonly hash: number;
}

/** [APPLICATION 10] of Kerberos; over TCP four bytes of length come first. */
const AS_REQUEST = 0x6a;
const REDIS_PORT = 6379;
const httpMethod = /^(GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|PROPFIND|CONNECT) \S/;
const passwordField =
  /(?:^|[?&\s"{,])"?(?:pass(?:word|wd|phrase)?|passw|pwd|pw|kennwort|motdepasse|user_pass|login_password|j_password)"?\s*[=:]\s*"?([^&\s",}]+)/i;
const userField =
  /(?:^|[?&\s"{,])"?(?:user(?:name|id)?|login|log|email|uname|j_username)"?\s*[=:]\s*"?([^&\s",}]+)/i;

// One object each, not one for every payload: a literal in a function is made anew whenever it is reached.
const imapLogIn = /^\S{1,20} LOGIN "?([^"\s]+)"? "?([^"\r\n]+)/i;
const smtpLogIn = /^AUTH PLAIN (\S+)/i;
const redisLogIn = /^\*[23]\r\n\$4\r\nAUTH\r\n/i;
const redisInline = /^AUTH \S/i;
const ftpRefusal = /^530[ -](?!Please log)/i;
const httpRefusal = /^HTTP\/1\.[01] 401/;
const smtpRefusal = /^535[ -]/;
const pop3Refusal = /^-ERR.*(?:auth|login|password|credential|permission)/i;
const imapRefusal = /^\S{1,20} NO .*(?:auth|login|credential)/i;
const redisRefusal = /^-(?:WRONGPASS|ERR invalid password|NOAUTH)/;
const telnetRefusal = /login incorrect|authentication failed|login failed|access denied/i;
const postgresRefusal = /C28(?:P01|000)/;

export function isHttpRequest(text: string): boolean {
  return httpMethod.test(text);
}

/** A log-in that stands in one packet: HTTP Basic, a form, IMAP LOGIN, SMTP AUTH PLAIN, LDAP simple bind. */
export function logInOf(text: string, bytes: Uint8Array, port: number): LogIn | null {
  // LDAP's SEQUENCE is the digit 0.
  if (!isReadable(bytes)) return null;
  if (isHttpRequest(text)) return httpLogIn(text);
  const imap = imapLogIn.exec(text);
  if (imap) return { service: 'IMAP', user: imap[1]!, hash: textHash(text) };
  const smtp = smtpLogIn.exec(text);
  if (smtp)
    return {
      service: port === 110 ? 'POP3' : 'SMTP',
      user: plainUser(smtp[1]!),
      hash: textHash(text),
    };
  // A bare AUTH is the word of mail and FTP, too (AUTH TLS, AUTH LOGIN): only its port makes it Redis.
  const redis = redisLogIn.test(text) || (port === REDIS_PORT && redisInline.test(text));
  if (redis) return { service: 'Redis', user: '', hash: textHash(text) };
  return ldapBind(bytes);
}

function httpLogIn(text: string): LogIn | null {
  const basic = /^(?:Proxy-)?Authorization: *Basic +([A-Za-z0-9+/=]+)/im.exec(text);
  if (basic) {
    const decoded = base64Text(basic[1]!);
    return { service: 'HTTP', user: decoded.split(':')[0]!, hash: textHash(basic[1]!) };
  }
  const headerEnd = text.indexOf('\r\n\r\n');
  const requestLine = text.slice(0, text.indexOf('\r\n'));
  const isPost = text.startsWith('POST ');
  const body = isPost && headerEnd >= 0 ? text.slice(headerEnd + 4) : '';
  const where =
    body || (requestLine.includes('?') ? requestLine.slice(requestLine.indexOf('?')) : '');
  return formLogIn(where);
}

/** A form's fields, also where they come in a packet of their own behind the headers. */
export function formLogIn(body: string): LogIn | null {
  const password = passwordField.exec(body);
  if (!password) return null;
  const user = userField.exec(body);
  return {
    service: 'HTTP form',
    user: user?.[1] ?? '',
    hash: textHash(`${user?.[1]} ${password[1]}`),
  };
}

function ldapBind(bytes: Uint8Array): LogIn | null {
  // SEQUENCE { INTEGER id, [APPLICATION 0] { INTEGER version, OCTET STRING name, [0] password } }
  if (bytes[0] !== 0x30 || bytes.length < 16 || bytes[1]! > 0x7f || bytes[2] !== 0x02) return null;
  const operation = 4 + bytes[3]!;
  if (bytes[operation] !== 0x60 || bytes[operation + 2] !== 0x02) return null;
  const name = operation + 5;
  if (bytes[name] !== 0x04) return null;
  const nameLength = bytes[name + 1]!;
  const password = name + 2 + nameLength;
  if (bytes[password] !== 0x80 || (bytes[password + 1] ?? 0) === 0) return null;
  const text = latin1(bytes.subarray(name + 2, password + 2 + bytes[password + 1]!));
  return { service: 'LDAP', user: text.slice(0, nameLength), hash: textHash(text) };
}

/** A refusal, in the words of the services that refuse in the clear; null: nothing of the kind. */
export function refusalOf(text: string, bytes: Uint8Array, port: number): string | null {
  if (isReadable(bytes)) {
    // "Please log in first" answers a command that came too early, no password.
    if (ftpRefusal.test(text)) return 'FTP';
    if (httpRefusal.test(text)) return 'HTTP';
    if (smtpRefusal.test(text)) return 'SMTP';
    if (port === 110 && pop3Refusal.test(text)) return 'POP3';
    if (imapRefusal.test(text)) return 'IMAP';
    if (redisRefusal.test(text)) return 'Redis';
  }
  if ((port === 23 || port === 2323) && telnetRefusal.test(text)) return 'Telnet';
  if (bytes[4] === 0xff && bytes[5] === 0x15 && bytes[6] === 0x04) return 'MySQL';
  if (bytes[0] === 0x45 && postgresRefusal.test(text)) return 'PostgreSQL';
  if (port === 1433 && text.includes('\xaa') && text.includes('\x18\x48\x00\x00'))
    return 'SQL Server';
  if (smbLogonFailed(bytes)) return 'SMB';
  if (bytes[0] === 0x30 && ldapBindFailed(bytes)) return 'LDAP';
  if (kerberosPreauthFailed(text)) return 'Kerberos';
  return null;
}

/** STATUS_LOGON_FAILURE and its kin in SMB1 and SMB2. */
function smbLogonFailed(bytes: Uint8Array): boolean {
  const smb2 = bytes[4] === 0xfe && bytes[5] === 0x53 && bytes[6] === 0x4d && bytes[7] === 0x42;
  const smb1 = bytes[4] === 0xff && bytes[5] === 0x53 && bytes[6] === 0x4d && bytes[7] === 0x42;
  const at = smb2 ? 12 : 9;
  if (!smb1 && !smb2) return false;
  return (
    bytes[at + 3] === 0xc0 &&
    bytes[at + 2] === 0 &&
    bytes[at + 1] === 0 &&
    bytes[at]! >= 0x64 &&
    bytes[at]! <= 0x72
  );
}

function ldapBindFailed(bytes: Uint8Array): boolean {
  if (bytes[2] !== 0x02) return false;
  const operation = 4 + bytes[3]!;
  return bytes[operation] === 0x61 && bytes[operation + 2] === 0x0a && bytes[operation + 4] === 49;
}

/** The user that an AS-REQ asks a ticket for: the first name in it of type principal or enterprise. */
export function kerberosUser(text: string): string | null {
  const start = text.charCodeAt(0) === AS_REQUEST ? 0 : text.charCodeAt(4) === AS_REQUEST ? 4 : -1;
  if (start < 0) return null;
  const name = /\xa0\x03\x02\x01[\x01\x0a]\xa1[\s\S]\x30[\s\S]\x1b([\s\S])/.exec(text);
  if (!name) return null;
  const at = name.index + name[0].length;
  const user = text.slice(at, at + name[1]!.charCodeAt(0));
  return user === '' ? null : user;
}

/** KRB-ERROR with error-code 24 (pre-authentication failed) or 6 (unknown client). */
function kerberosPreauthFailed(text: string): boolean {
  const start = text.charCodeAt(0) === 0x7e ? 0 : text.charCodeAt(4) === 0x7e ? 4 : -1;
  return (
    start >= 0 && (text.includes('\xa6\x03\x02\x01\x18') || text.includes('\xa6\x03\x02\x01\x06'))
  );
}

function plainUser(encoded: string): string {
  return base64Text(encoded).split('\0')[1] ?? '';
}

export function base64Text(encoded: string): string {
  return Buffer.from(encoded.slice(0, 400), 'base64').toString('latin1');
}

/** The server name of a TLS ClientHello; '' without one; null if it is no ClientHello. */
export function tlsServerName(bytes: Uint8Array): string | null {
  if (bytes.length < 44 || bytes[0] !== 0x16 || bytes[1] !== 3 || bytes[5] !== 1) return null;
  const u16 = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  let at = 43;
  at += 1 + bytes[at]!;
  at += 2 + u16(at);
  at += 1 + (bytes[at] ?? 0);
  at += 2;
  while (at + 4 <= bytes.length) {
    const length = u16(at + 2);
    if (u16(at) === 0) {
      const nameLength = u16(at + 7);
      return latin1(
        bytes.subarray(at + 9, Math.min(bytes.length, at + 9 + nameLength)),
        255,
      ).toLowerCase();
    }
    at += 4 + length;
  }
  return '';
}
