// Where the program itself runs: Node, the addon, the terminal, the user's folder.
import type { DoctorFacts } from '../facts.js';
import { broken, degraded, type Finding, ok } from '../finding.js';

export function checkNode({ runtime }: DoctorFacts): Finding[] {
  const subject = { check: 'node' };
  const found = `${runtime.nodeVersion} (${runtime.nodePath})`;
  if (!runtime.musl) return [ok(subject, found)];
  return [
    degraded(subject, `${found}, on musl`, {
      lost: 'support: the addon is built for glibc and not tested on musl',
    }),
  ];
}

export function checkAddon({ addon }: DoctorFacts): Finding[] {
  const subject = { check: 'addon' };
  if (addon.loaded) {
    const object = addon.objectSha256.slice(0, 12);
    return [ok(subject, `loaded, libbpf ${addon.libbpfVersion}, BPF object ${object}`)];
  }
  return [broken(subject, addon.failure, { fix: addon.advice, exitStatus: 4 })];
}

export function checkTerminal({ runtime }: DoctorFacts): Finding[] {
  const subject = { check: 'terminal' };
  if (!runtime.outputIsTerminal) {
    return [ok(subject, 'stdout is not a terminal: --once is the default')];
  }
  // A terminal that doesn't know its size says 0x0.
  const columns = runtime.columns || null;
  const rows = runtime.rows || null;
  const size = columns === null || rows === null ? 'size unknown' : `${columns}x${rows}`;
  const found = `${runtime.terminal || 'unknown'}, ${size}${runtime.utf8 ? ', UTF-8' : ''}`;
  const lost: string[] = [];
  if (!runtime.utf8) lost.push('lines and graphs are drawn in ASCII');
  if (runtime.terminal === '' || runtime.terminal === 'dumb') lost.push('colours and cursor');
  if ((columns ?? 80) < 80 || (rows ?? 24) < 24) {
    lost.push('columns and panels: the terminal is smaller than 80x24');
  }
  if (lost.length === 0) return [ok(subject, found)];
  const fix = runtime.utf8 ? {} : { fix: 'use a UTF-8 locale', command: 'export LC_ALL=C.UTF-8' };
  return [degraded(subject, found, { lost: lost.join('; '), ...fix })];
}

export function checkHome({ runtime }: DoctorFacts): Finding[] {
  const subject = { check: 'home' };
  if (runtime.home !== '' && runtime.homeWritable) return [ok(subject, runtime.home)];
  const lost = 'settings and filter history cannot be saved';
  if (runtime.home === '') {
    const fix = 'set it to a writable directory';
    return [degraded(subject, 'HOME is not set', { lost, fix, command: 'export HOME=/root' })];
  }
  return [degraded(subject, `${runtime.home} is not writable`, { lost })];
}

export function checkSystemFiles({ runtime }: DoctorFacts): Finding[] {
  if (runtime.systemFiles) return [];
  return [
    degraded({ check: 'sysfs' }, '/sys is not mounted', {
      lost: 'driver names (for the choice of native XDP), lockdown and BTF information',
      fix: 'mount it',
      command: 'sudo mount -t sysfs sysfs /sys',
    }),
  ];
}
