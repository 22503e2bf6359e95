// Payloads of harmless workloads in their protocols.

export const times = (count: number, one: (i: number) => void): void => {
  for (let i = 0; i < count; i += 1) one(i);
};
export const get = (path: string, host: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: check/1.0\r\nAccept: */*\r\n\r\n`;
export const found = (length: number): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`;
/** A TLS handshake and application data, by lengths. */
export const tls = (request: number, response: number): (string | Uint8Array | number)[] => [
  Uint8Array.from([0x16, 3, 1, 2, 0, 1, ...Array<number>(506).fill(7)]),
  3200,
  80,
  250,
  request,
  response,
];

export const minute = 60;
export const hour = 3600;
