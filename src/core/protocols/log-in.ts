// Log-ins that stand in one message: HTTP Basic and forms, IMAP, SMTP, Redis, LDAP. Passwords are compared by hash, never kept.
import { isHttpRequest } from './http.js';
import { base64Text, isReadable, latin1, textHash } from './text.js';

export interface LogIn {
  readonly service: string;
  readonly user: string;
  /** Of user and password, to tell tries apart. */
  readonly hash: number;
}

const REDIS_PORT = 6379;
const passwordField =
  /(?:^|[?&\s"{,])"?(?:pass(?:word|wd|phrase)?|passw|pwd|pw|kennwort|motdepasse|user_pass|login_password|j_password)"?\s*[=:]\s*"?([^&\s",}]+)/i;
const userField =
  /(?:^|[?&\s"{,])"?(?:user(?:name|id)?|login|log|email|uname|j_username)"?\s*[=:]\s*"?([^&\s",}]+)/i;

// One object each, not one for every payload: a literal in a function is allocated each time it is reached.
const imapLogIn = /^\S{1,20} LOGIN "?([^"\s]+)"? "?([^"\r\n]+)/i;
const smtpLogIn = /^AUTH PLAIN (\S+)/i;
const redisLogIn = /^\*[23]\r\n\$4\r\nAUTH\r\n/i;
const redisInline = /^AUTH \S/i;
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

function plainUser(encoded: string): string {
  return base64Text(encoded).split('\0')[1] ?? '';
}
