// Compiles the BPF objects by other compilers, of this machine or of a distribution's bare root, and loads them on a kernel.
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bpfCompileFlagsIn, bpfObjects } from '../build.mjs';
import { insideRoot, makeRoot, removeRoot } from '../package/bare-root.mjs';
import { BuildError, root, run } from '../toolchain.mjs';
import { prepareKernel } from './kernel-image.mjs';
import { runOnKernel } from './machine.mjs';

const mark = 'KNP-OBJECT';

/** Without compare-and-swap (before 5.12) the addon uses the object for such kernels; the other one is refused. */
const wantedOn = (kernel, object) => kernel !== '5.10' || object === 'network_monitor_hash';

/** A command line per object: `folder` contains bpf/, and receives OBJECT.o. */
const commandsFor = (clang, folder) =>
  bpfObjects.map(({ name, defines }) => [
    clang,
    ...bpfCompileFlagsIn(folder),
    ...defines,
    ...['-c', join(folder, 'bpf/monitor.bpf.c'), '-o', join(folder, `${name}.o`)],
  ]);

const versionIn = (words) => words.match(/clang version ([\d.]+)/)?.[1];

/** The newest clang-NN of this machine, unless it is the default compiler: [{name, compile(folder)}], or none. */
export function otherCompilersHere() {
  const version = (clang) => versionIn(run(clang, ['--version'], { capture: true }));
  const usual = version('clang');
  return readdirSync('/usr/bin')
    .filter((name) => /^clang-\d+$/.test(name))
    .sort((left, right) => Number(right.slice(6)) - Number(left.slice(6)))
    .slice(0, 1)
    .map((clang) => ({ clang, version: version(clang) }))
    .filter((one) => one.version !== usual)
    .map((one) => ({
      name: `clang ${one.version}`,
      compile(folder) {
        cpSync(join(root, 'bpf'), join(folder, 'bpf'), { recursive: true });
        for (const [file, ...args] of commandsFor(one.clang, folder)) run(file, args);
        return one.version;
      },
    }));
}

const inRoot = '/root/objects';
const apt = 'apt-get -qq -o Dpkg::Use-Pty=0 -o Acquire::Check-Valid-Until=false';

/** A distribution's own clang and headers: {name, compile(folder)}, which returns clang's version. */
export function compilerOf(distribution) {
  return {
    name: distribution,
    compile(folder) {
      const bare = makeRoot(distribution);
      try {
        cpSync(join(root, 'bpf'), join(bare, inRoot, 'bpf'), { recursive: true });
        const install = `${apt} update && ${apt} install -y --no-install-recommends clang libbpf-dev >&2`;
        const lines = [install, ...commandsFor('clang', inRoot).map((words) => words.join(' '))];
        const [file, ...args] = insideRoot(bare, [...lines, 'clang --version'].join(' && '), {
          environment: { DEBIAN_FRONTEND: 'noninteractive' },
        });
        const { status, stdout, stderr } = spawnSync(file, args, { encoding: 'utf8' });
        if (status !== 0) throw new BuildError(`${distribution}: ${stderr}`);
        for (const { name } of bpfObjects)
          copyFileSync(join(bare, inRoot, `${name}.o`), join(folder, `${name}.o`));
        return versionIn(stdout);
      } finally {
        removeRoot(bare);
      }
    },
  };
}

/** Compiles in a separate folder per compiler below `place`: [{name, version, folder}]. */
export function compileWith(compilers, place) {
  return compilers.map(({ name, compile }, index) => {
    const folder = join(place, String(index));
    mkdirSync(folder);
    const version = compile(folder);
    process.stdout.write(`${name}: compiled by clang ${version}\n`);
    return { name, version, folder };
  });
}

/** Runs in the machine; the verifier's log ends with the reason of a refusal. */
const script = `verifier=$1; shift
for file in "$@"; do
  log=$("$verifier" "$file" 2>/tmp/refusal); status=$?
  most=$(printf '%s' "$log" | sed -n 's/^processed \\([0-9]*\\) insns.*/\\1/p' | sort -n | tail -n 1)
  echo "${mark} $file $status $most"
  [ $status = 0 ] || { printf '%s\\n' "$log" | tail -n 25; cat /tmp/refusal; }
done`;

/**
 * Loads all that were compiled on a kernel, by the tool that test/kernels/verifier.c is: [{name, object, isTaken, instructions (of the
 * largest program), words}].
 */
export async function loadOn(kernelName, compiled, place) {
  const files = compiled.flatMap(({ name, folder }) =>
    bpfObjects
      .filter((object) => wantedOn(kernelName, object.name))
      .map((object) => ({ name, object: object.name, file: join(folder, `${object.name}.o`) })),
  );
  const verifier = join(place, 'verifier');
  copyFileSync(join(root, 'build/tools/verifier'), verifier);
  const words = ['bash', '-c', script, 'bash', verifier, ...files.map(({ file }) => file)];
  const { output, errors } = await runOnKernel(prepareKernel(kernelName), place, words);
  const parts = output.split(`${mark} `).slice(1);
  return files.map(({ name, object, file }) => {
    const part = parts.find((one) => one.startsWith(`${file} `));
    const [, status, most] = part?.match(/ (\d+) (\d*)\n/) ?? [];
    return {
      name,
      object,
      isTaken: status === '0',
      instructions: Number(most ?? 0),
      words: part ? part.split('\n').slice(1).join('\n') : `the machine ended before: ${errors}`,
    };
  });
}
