// SSH messages that come in the clear: the greeting and those of the key exchange (RFC 4253).
import { startsWith } from './text.js';

/** "SSH-" */
export const SSH_GREETING = [0x53, 0x53, 0x48, 0x2d];
/** First messages of the key exchange that only the client sends. */
const KEX_INIT = 30;
const KEX_GROUP_REQUEST = 34;
/** SSH_MSG_NEWKEYS alone in its packet: the last one in the clear. */
const NEW_KEYS = 21;
const NEW_KEYS_LENGTH = 12;

export function isSshGreeting(payload: Uint8Array): boolean {
  return startsWith(payload, SSH_GREETING);
}

export function isSshClientKey(payload: Uint8Array): boolean {
  return payload[0] === 0 && (payload[5] === KEX_INIT || payload[5] === KEX_GROUP_REQUEST);
}

export function isSshNewKeys(payload: Uint8Array): boolean {
  return (
    payload[0] === 0 &&
    payload[1] === 0 &&
    payload[2] === 0 &&
    payload[3] === NEW_KEYS_LENGTH &&
    payload[5] === NEW_KEYS
  );
}
