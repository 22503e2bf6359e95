// Refused log-ins, in the words of the services that refuse in the clear, and of some that do so in binary.
import { kerberosPreauthFailed } from './kerberos.js';
import { isReadable } from './text.js';

// One object each, not one for every payload: a literal in a function is created whenever it is reached.
const ftpRefusal = /^530[ -](?!Please log)/i;
const httpRefusal = /^HTTP\/1\.[01] 401/;
const smtpRefusal = /^535[ -]/;
const pop3Refusal = /^-ERR.*(?:auth|login|password|credential|permission)/i;
const imapRefusal = /^\S{1,20} NO .*(?:auth|login|credential)/i;
const redisRefusal = /^-(?:WRONGPASS|ERR invalid password|NOAUTH)/;
const telnetRefusal = /login incorrect|authentication failed|login failed|access denied/i;
const postgresRefusal = /C28(?:P01|000)/;

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
