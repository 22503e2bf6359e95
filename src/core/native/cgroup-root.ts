// Where the cgroup version 2 hierarchy is mounted: /sys/fs/cgroup, or beside version 1 (…/unified), or not at all.
import { readFileSync } from 'node:fs';

/** proc(5): blanks and the like are three octal digits. */
const unescaped = (path: string) =>
  path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );

/** Of mountinfo's text: the mount whose root is the hierarchy's own, else the first. Null: there is none. */
export function cgroupRootIn(mountInfo: string): string | null {
  const mounts = mountInfo.split('\n').flatMap((line) => {
    // ID PARENT MAJOR:MINOR ROOT MOUNT-POINT OPTIONS [FIELDS…] - TYPE SOURCE OPTIONS
    const [mount = '', system = ''] = line.split(' - ');
    const [, , , root, point] = mount.split(' ');
    if (!system.startsWith('cgroup2 ') || root === undefined || point === undefined) return [];
    return [{ root: unescaped(root), point: unescaped(point) }];
  });
  return (mounts.find(({ root }) => root === '/') ?? mounts[0])?.point ?? null;
}

/** In a container that sees only its own cgroup, that one. */
export function findCgroupRoot(): string | null {
  try {
    return cgroupRootIn(readFileSync('/proc/self/mountinfo', 'utf8'));
  } catch {
    // /proc isn't mounted: then nothing is known of mounts.
    return null;
  }
}
