// Builds DNS messages with a question and at most one answer.
import { bytesOf } from './detection-scenario.js';

export interface DnsQuestion {
  readonly name: string;
  readonly id?: number;
  readonly type?: number;
  /** An IPv4 address; null: none. */
  readonly answer?: string | null;
  /** Adds an answer of the question's type with so many bytes of data. */
  readonly answerBytes?: number;
  readonly rcode?: number;
}

function recordOf({ type = 1, answer = null, answerBytes = 0 }: DnsQuestion): number[] {
  const pointerToQuestion = [0xc0, 12];
  if (answer !== null) {
    return [...pointerToQuestion, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...answer.split('.').map(Number)];
  }
  if (answerBytes === 0) return [];
  const length = [answerBytes >> 8, answerBytes & 255];
  const head = [type >> 8, type & 255, 0, 1, 0, 0, 0, 60, ...length];
  return [...pointerToQuestion, ...head, ...Array<number>(answerBytes).fill(0x61)];
}

export function isResponse({ answer = null, answerBytes = 0, rcode = 0 }: DnsQuestion): boolean {
  return answer !== null || answerBytes > 0 || rcode !== 0;
}

export function dnsMessage(question: DnsQuestion): Uint8Array {
  const { name, id = 1, type = 1, rcode = 0 } = question;
  const labels = name.split('.').flatMap((label) => [label.length, ...bytesOf(label)]);
  const record = recordOf(question);
  return Uint8Array.from([
    id >> 8,
    id & 255,
    isResponse(question) ? 0x81 : 1,
    rcode,
    0,
    1,
    0,
    record.length > 0 ? 1 : 0,
    0,
    0,
    0,
    0,
    ...labels,
    0,
    type >> 8,
    type & 255,
    0,
    1,
    ...record,
  ]);
}
