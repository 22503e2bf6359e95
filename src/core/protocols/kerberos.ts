// Kerberos: whom a ticket is asked for, and the errors of a wrong password or name.

/** [APPLICATION 10] of Kerberos; over TCP four bytes of length come first. */
const AS_REQUEST = 0x6a;

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
export function kerberosPreauthFailed(text: string): boolean {
  const start = text.charCodeAt(0) === 0x7e ? 0 : text.charCodeAt(4) === 0x7e ? 4 : -1;
  return (
    start >= 0 && (text.includes('\xa6\x03\x02\x01\x18') || text.includes('\xa6\x03\x02\x01\x06'))
  );
}
