// The head of an HTTP/1 message: whether a request is whole, and how long an answer will be.

export interface HttpMessage {
  /** A request up to its last line: the server's turn. */
  isWhole: boolean;
  /** Header and body of an answer that was begun; 0: not known, or all of it came at once. */
  promisedBytes: number;
}

const method = /^(GET|POST|PUT|HEAD|DELETE|OPTIONS|PATCH|PROPFIND|CONNECT) \S/;
const response = /^HTTP\/1\.[01] 2\d\d/;
const contentLength = /^content-length: *(\d{1,15})\r?$/im;

export function isHttpRequest(text: string): boolean {
  return method.test(text);
}

/** From the first bytes of either side; null: neither a request nor an answer of HTTP. */
export function readHttpMessage(text: string, packetBytes: number): HttpMessage | null {
  if (isHttpRequest(text)) {
    const end = text.indexOf('\r\n\r\n');
    if (end < 0) return null;
    // What a form promises and doesn't bring is the attack.
    const body = contentLength.exec(text.slice(0, end));
    return { isWhole: !body || packetBytes >= end + 4 + Number(body[1]), promisedBytes: 0 };
  }
  if (!response.test(text)) return null;
  const end = text.indexOf('\r\n\r\n');
  const body = contentLength.exec(end < 0 ? text : text.slice(0, end));
  const whole = body ? Math.max(end, 0) + 4 + Number(body[1]) : 0;
  return { isWhole: true, promisedBytes: whole > packetBytes ? whole : 0 };
}
