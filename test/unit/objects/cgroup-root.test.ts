// Where the cgroup version 2 hierarchy is, by mountinfo as hosts and containers have it.
import { expect, it } from 'vitest';
import { cgroupRootIn } from '../../../src/core/native/cgroup-root.js';

const line = (root: string, point: string, type: string, fields = '') =>
  `38 31 0:38 ${root} ${point} rw,relatime ${fields}- ${type} ${type} rw`;
const version1 = line('/', '/sys/fs/cgroup/cpu', 'cgroup');

it.each([
  ['version 2 alone', [line('/', '/sys/fs/cgroup', 'cgroup2', 'shared:4 ')], '/sys/fs/cgroup'],
  [
    'beside version 1',
    [version1, line('/', '/sys/fs/cgroup/unified', 'cgroup2')],
    '/sys/fs/cgroup/unified',
  ],
  ['version 1 alone', [version1], null],
  [
    'a container that sees its own',
    [line('/../..', '/sys/fs/cgroup', 'cgroup2')],
    '/sys/fs/cgroup',
  ],
  [
    'a part of it mounted first',
    [line('/kubepods', '/mnt/part', 'cgroup2'), line('/', '/sys/fs/cgroup', 'cgroup2')],
    '/sys/fs/cgroup',
  ],
  ['a blank in the path', [line('/', '/mnt/my\\040groups', 'cgroup2')], '/mnt/my groups'],
  ['nothing', [], null],
  ['no lines of mountinfo', ['', 'x', ' - cgroup2 a b', '1 2 - cgroup2'], null],
])('%s', (_, lines, expected) => {
  expect(cgroupRootIn(lines.join('\n'))).toBe(expected);
});
