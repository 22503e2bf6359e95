// A small apt repository and npm registry, served inside a namespace for the real clients.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespaces.js';

const APT_PORT = 8081;
const NPM_PORT = 4873;

/** The server is ready when its port accepts connections. */
const waitFor = (host: string, port: number): string =>
  `for i in $(seq 50); do (exec 3<>/dev/tcp/${host}/${port}) 2>/dev/null && break; sleep 0.1; done`;

/** The command line that downloads all packages. They are never installed: only their names and checksums are real. */
export function aptRepository(
  folder: string,
  namespace: Namespace,
  host: string,
  count: number,
): string {
  const files = join(folder, 'files');
  const state = join(folder, 'state');
  for (const one of [files, join(state, 'lists/partial'), join(folder, 'cache/archives/partial')])
    mkdirSync(one, { recursive: true });
  const names = Array.from({ length: count }, (_, i) => `honest${i}`);
  const index = names.map((name, i) => {
    const content = Buffer.alloc(2000 + i * 1500, name);
    writeFileSync(join(files, `${name}.deb`), content);
    return [
      `Package: ${name}`,
      'Version: 1',
      'Architecture: all',
      'Maintainer: nobody <nobody@example.org>',
      `Filename: ${name}.deb`,
      `Size: ${content.length}`,
      `SHA256: ${createHash('sha256').update(content).digest('hex')}`,
      'Description: a file',
      '',
    ].join('\n');
  });
  writeFileSync(join(files, 'Packages'), `${index.join('\n')}\n`);
  writeFileSync(join(folder, 'sources.list'), `deb [trusted=yes] http://${host}:${APT_PORT}/ ./\n`);
  writeFileSync(join(folder, 'status'), '');
  serveFiles(namespace, files, APT_PORT);
  const options = [
    `Dir::State=${state}`,
    `Dir::State::status=${join(folder, 'status')}`,
    `Dir::Cache=${join(folder, 'cache')}`,
    `Dir::Etc::sourcelist=${join(folder, 'sources.list')}`,
    'Dir::Etc::sourceparts=/dev/null',
    'APT::Sandbox::User=root',
    'Acquire::http::Proxy=false',
  ].map((option) => `-o ${option}`);
  const apt = `apt-get -q ${options.join(' ')}`;
  return `${waitFor(host, APT_PORT)}; cd ${folder} && ${apt} update && ${apt} download ${names.join(' ')}`;
}

/** The command line that installs all packages. */
export function npmRegistry(
  folder: string,
  namespace: Namespace,
  host: string,
  count: number,
): string {
  const files = join(folder, 'files');
  const project = join(folder, 'project');
  mkdirSync(files, { recursive: true });
  mkdirSync(project, { recursive: true });
  const names = Array.from({ length: count }, (_, i) => `honest-${i}`);
  for (const [i, name] of names.entries()) {
    const content = join(folder, 'content', name, 'package');
    mkdirSync(content, { recursive: true });
    const manifest = { name, version: '1.0.0' };
    writeFileSync(join(content, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(content, 'index.js'), `//${'x'.repeat(i * 400)}`);
    const tarball = join(files, `${name}.tgz`);
    execFileSync('tar', ['-czf', tarball, '-C', join(content, '..'), 'package']);
    const dist = { tarball: `http://${host}:${NPM_PORT}/${name}.tgz` };
    const versions = { '1.0.0': { ...manifest, dist } };
    const packument = { name, 'dist-tags': { latest: '1.0.0' }, versions };
    writeFileSync(join(files, name), JSON.stringify(packument));
  }
  const dependencies = Object.fromEntries(names.map((name) => [name, '1.0.0']));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', dependencies }));
  serveFiles(namespace, files, NPM_PORT);
  const cache = join(folder, 'cache');
  return `${waitFor(host, NPM_PORT)}; cd ${project} && npm install --registry http://${host}:${NPM_PORT}/ --cache ${cache} --no-audit --no-fund --no-update-notifier --loglevel=error`;
}

function serveFiles(namespace: Namespace, folder: string, port: number): void {
  namespace.start(
    process.execPath,
    '-e',
    `const fs=require('fs'),path=require('path');require('http').createServer((q,a)=>{
      fs.readFile(path.join(process.argv[1],path.basename(q.url)),(e,d)=>{a.statusCode=e?404:200;a.end(d)})
    }).listen(${port},'::')`,
    folder,
  );
}
