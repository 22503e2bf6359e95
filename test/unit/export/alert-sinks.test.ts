// Alerts leave the program: to a command by stdin, to the web by POST; neither may hold up or harm the run.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlertCommand } from '../../../src/core/export/alert-command.js';
import { AlertWebhook } from '../../../src/core/export/alert-webhook.js';
import type { Alert } from '../../../src/core/model/alert.js';
import { checkValue } from '../../../src/core/options/check-value.js';
import { options } from '../../../src/core/options/schema.js';
import { commandWords } from '../../../src/core/options/value-schemas.js';

const timers = {
  after(milliseconds: number, callback: () => void): () => void {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

const alert: Alert = {
  id: 'abc',
  state: 'new',
  kind: 'port_scan_syn',
  severity: 'medium',
  technique: 'T1046',
  source: { address: '192.0.2.7' },
  destination: null,
  protocol: 'TCP',
  interface: 'eth0',
  firstSeenUs: 1e15,
  lastSeenUs: 1e15,
  wallUs: 1e15,
  count: 20,
  message: 'a scan; $(touch /tmp/never) `id`',
  evidence: { unit: 'ports', spoofable: true, confidence: 'high' },
  threshold: { ports: 15 },
};

let folder: string;
let reports: string[];

const host = {
  timers,
  report: (code: string, message: string): void => void reports.push(`${code}: ${message}`),
};

const commandSink = (words: readonly string[]): AlertCommand =>
  new AlertCommand({ kind: 'alert-exec', words, user: null }, host);

const webhookSink = (url: string, authorization: string | null = null): AlertWebhook =>
  new AlertWebhook({ kind: 'alert-webhook', url, authorization }, host);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alertSinks-'));
  reports = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('--alert-exec', () => {
  const program = (text: string): string => {
    const file = join(folder, 'program');
    writeFileSync(file, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    return file;
  };

  it('gives the alert on stdin, and nothing of it to a shell', async () => {
    const file = program(`cat >> "$1"`);
    const out = join(folder, 'out; touch x');
    const all = commandSink([file, out]);
    all.alert(alert);
    await all.finish(5000);
    expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({
      type: 'alert',
      id: 'abc',
      count: 20,
    });
    expect(reports).toEqual([]);
  });

  it('starts ten at once of a flood, the rest slowly', async () => {
    const out = join(folder, 'out');
    const all = commandSink([program(`echo x >> "$1"`), out]);
    for (let i = 0; i < 100; i += 1) all.alert(alert);
    await all.finish(400);
    const started = readFileSync(out, 'utf8').length / 2;
    expect(started).toBeGreaterThan(0);
    expect(started).toBeLessThanOrEqual(12);
  });

  it('tells once that the program is missing', async () => {
    const all = commandSink([join(folder, 'missing')]);
    for (let i = 0; i < 5; i += 1) all.alert(alert);
    await all.finish(2000);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain('alert_exec_failed: --alert-exec: ');
  });

  it('takes words and simple quotes', () => {
    expect(commandWords(`/bin/tell "two words" 'and more' last`)).toEqual([
      '/bin/tell',
      'two words',
      'and more',
      'last',
    ]);
    expect(checkValue(options.alertExec, '  ')).toMatchObject({ ok: false, why: 'it is empty' });
  });
});

describe('--alert-webhook', () => {
  let server: Server;
  let requests: { authorization: string | undefined; body: string }[];
  let answers: number[];

  beforeEach(async () => {
    requests = [];
    answers = [];
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        requests.push({ authorization: request.headers.authorization, body });
        response.statusCode = answers.shift() ?? 200;
        response.end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => server.close());

  const url = (user = ''): string =>
    `http://${user}127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`;

  it('posts each alert in order, with the secret in its header', async () => {
    const all = webhookSink(url(), 'Bearer t');
    for (const id of ['1', '2', '3']) all.alert({ ...alert, id });
    await all.finish(3000);
    expect(requests.map(({ body }) => JSON.parse(body).id)).toEqual(['1', '2', '3']);
    expect(requests[0]!.authorization).toBe('Bearer t');
  });

  it('tries again later where the other side is busy, and does not tell the secret path', async () => {
    answers = [503];
    const all = webhookSink(url());
    all.alert(alert);
    await all.finish(4000);
    expect(requests).toHaveLength(2);
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain('answers 503');
    expect(reports[0]).not.toContain('secret-path');
  });

  it('sends user and password of the address as a header, and does not follow redirections', async () => {
    answers = [302];
    const all = webhookSink(url('me:p%40ss@'));
    all.alert(alert);
    await all.finish(3000);
    expect(requests).toHaveLength(1);
    expect(requests[0]!.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(all.losses()).toMatchObject({ alertsDropped: 1, failures: 1 });
    expect(reports[0]).toContain('answers 302');
  });

  it('names why there is no answer, and drops what is left at the end', async () => {
    const closed = url();
    await new Promise((resolve) => server.close(resolve));
    const all = webhookSink(closed);
    for (let i = 0; i < 3; i += 1) all.alert(alert);
    await all.finish(300);
    expect(reports[0]).toMatch(/ECONNREFUSED/);
    expect(all.losses()).toEqual({ alertsDropped: 3, failures: 1 });
  });

  it('that never answers holds a thousand alerts, drops the oldest, and is left at the end', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const all = webhookSink(`http://127.0.0.1:${port}/`);
    for (let i = 0; i < 1203; i += 1) all.alert(alert);
    expect(all.losses()).toMatchObject({ alertsDropped: 203 });
    expect(reports).toEqual([expect.stringContaining('alert_webhook_slow')]);
    await all.finish(100);
    silent.closeAllConnections();
    silent.close();
    expect(all.losses()).toMatchObject({ alertsDropped: 1203 });
  });

  it('leaves out what is refused, and goes on with the next', async () => {
    answers = [400];
    const all = webhookSink(url());
    all.alert(alert);
    all.alert({ ...alert, id: 'next' });
    await all.finish(3000);
    expect(requests.map(({ body }) => JSON.parse(body).id)).toEqual(['abc', 'next']);
  });
});
