// A release's sources: by checksum, from the cache or the first mirror that has them; the reasons where nobody has.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
// @ts-expect-error a build script without types
import { fetchByChecksum } from '../../../scripts/fetch-by-checksum.mjs';
// @ts-expect-error a build script without types
import { libraryVersions } from '../../../scripts/release/source-versions.mjs';

const content = 'the source of a library';
const sha256 = createHash('sha256').update(content).digest('hex');

let server: Server;
let base: string;
let folder: string;
let asked: string[];

beforeEach(async () => {
  asked = [];
  folder = mkdtempSync(join(tmpdir(), 'knp-sources-'));
  server = createServer((request, response) => {
    asked.push(request.url!);
    if (request.url === '/right') response.end(content);
    else if (request.url === '/wrong') response.end('something else');
    else if (request.url === '/torn') {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.slice(0, 5));
      response.destroy();
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const take = (...paths: string[]): Promise<string> =>
  fetchByChecksum(
    { name: 'library.tar.gz', sha256, addresses: paths.map((path) => `${base}${path}`) },
    folder,
  );

describe('a file by its checksum', () => {
  it('comes from the first address that has those bytes', async () => {
    const path = await take('/gone', '/wrong', '/torn', '/right', '/never-asked');
    expect(readFileSync(path, 'utf8')).toBe(content);
    expect(asked).toEqual(['/gone', '/wrong', '/torn', '/right']);
  });

  it('comes from the cache where that fits, and from the network where it does not', async () => {
    await take('/right');
    await take('/right');
    expect(asked).toEqual(['/right']);
    writeFileSync(join(folder, 'library.tar.gz'), 'spoilt');
    const path = await take('/right');
    expect(asked).toEqual(['/right', '/right']);
    expect(readFileSync(path, 'utf8')).toBe(content);
  });

  it('is refused with the reason of each address, and leaves no file behind', async () => {
    await expect(take('/gone', '/wrong')).rejects.toThrow(
      /gone: 404 Not Found\n.*wrong: its SHA-256 is [0-9a-f]{64}/,
    );
    expect(() => readFileSync(join(folder, 'library.tar.gz'))).toThrow(/ENOENT/);
  });

  it('an address that does not answer is one reason among others', async () => {
    const nobody = 'http://127.0.0.1:1/file';
    await expect(
      fetchByChecksum({ name: 'x', sha256, addresses: [nobody] }, folder),
    ).rejects.toThrow(nobody);
  });
});

describe('the pinned sources', () => {
  it('are Debian source packages whose .dsc comes first, each file with its SHA-256', () => {
    for (const { library, pool, versions, lastResort } of libraryVersions) {
      expect(pool).toMatch(new RegExp(`^pool/main/\\w+/${library}$`));
      expect(lastResort.length).toBeGreaterThan(0);
      for (const { files } of versions) {
        expect(files[0].name).toMatch(/\.dsc$/);
        for (const file of files) expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
      }
    }
  });
});
