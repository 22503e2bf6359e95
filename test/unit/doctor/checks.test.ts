// The doctor's judgement over facts: what stands in the way, which status it gives, and how it is mended.
import { describe, expect, it } from 'vitest';
import type { DoctorFacts } from '../../../src/core/doctor/facts.js';
import { exitStatusOf } from '../../../src/core/doctor/finding.js';
import { examine } from '../../../src/core/doctor/index.js';
import { reportJson, reportText } from '../../../src/core/doctor/report.js';
import { type FeatureAnswers, kernelFeatures } from '../../../src/core/native/kernel-features.js';
import type { ProcessPrivileges } from '../../../src/core/native/process-privileges.js';
import { explainRefusal } from '../../../src/core/native/refusal.js';

const allCapabilities = (1n << 41n) - 1n;
const everyFeature = Object.fromEntries(kernelFeatures.map(({ name }) => [name, true]));
const refused = Object.fromEntries(kernelFeatures.map(({ name }) => [name, 'EPERM']));

const healthy: DoctorFacts = {
  addon: {
    loaded: true,
    failure: '',
    advice: '',
    libbpfVersion: '1.5',
    objectSha256: 'ab'.repeat(32),
  },
  kernel: {
    release: '6.12.1',
    architecture: 'x64',
    features: everyFeature,
    jit: 1,
    unprivilegedBpfDisabled: 2,
    preemptRt: false,
    lockdown: 'none',
  },
  privileges: {
    effectiveUser: 0,
    effective: allCapabilities,
    bounding: allCapabilities,
    seccompMode: 0,
    initialUserNamespace: true,
    securityModules: ['lockdown', 'capability'],
    container: null,
    memoryLockBytes: 65536,
    memoryLockHardBytes: 65536,
  },
  runtime: {
    nodeVersion: 'v22.0.0',
    nodePath: '/usr/bin/node',
    musl: false,
    outputIsTerminal: true,
    columns: 120,
    rows: 40,
    terminal: 'xterm-256color',
    utf8: true,
    home: '/root',
    homeWritable: true,
    systemFiles: true,
  },
  interfaces: [
    {
      name: 'eth0',
      link: {
        name: 'eth0',
        index: 2,
        type: 1,
        flags: 0x11043,
        mtu: 1500,
        kind: '',
        alternativeNames: [],
        master: 0,
        linkIndex: 0,
        linkNamespaceId: null,
        driver: 'virtio_net',
        rxVlanOffload: false,
        xdp: 'none',
      },
      programs: [],
      offloads: ['gro', 'gso', 'tso'],
      plan: { hooks: ['tcx', 'clsact'], reason: 'a reason' },
    },
  ],
  choiceFailure: null,
  knownInterfaces: ['lo', 'eth0'],
};

const eth0 = healthy.interfaces[0]!;
const withPrivileges = (
  changes: Partial<ProcessPrivileges>,
  features: FeatureAnswers = everyFeature,
): DoctorFacts => ({
  ...healthy,
  privileges: { ...healthy.privileges, ...changes },
  kernel: { ...healthy.kernel, features },
});
const withKernel = (changes: Partial<DoctorFacts['kernel']>): DoctorFacts => ({
  ...healthy,
  kernel: { ...healthy.kernel, ...changes },
});
const unhealthy = (facts: DoctorFacts) =>
  examine(facts)
    .filter((finding) => finding.status !== 'ok')
    .map((finding) => `${finding.check}: ${finding.status}`);
const find = (facts: DoctorFacts, check: string) =>
  examine(facts).find((finding) => finding.check === check && finding.status !== 'ok')!;

describe('doctor', () => {
  it('finds nothing on a healthy machine and ends with 0', () => {
    expect(unhealthy(healthy)).toEqual([]);
    expect(exitStatusOf(examine(healthy))).toBe(0);
  });

  it('says sudo to an ordinary user and ends with 3', () => {
    const facts = withPrivileges({ effectiveUser: 1000, effective: 0n }, refused);
    const finding = find(facts, 'capabilities');
    expect(finding.found).toBe('missing CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON');
    expect(finding.command).toContain('sudo');
    expect(exitStatusOf(examine(facts))).toBe(3);
  });

  it('takes three capabilities without root for enough', () => {
    const three = (1n << 39n) | (1n << 38n) | (1n << 12n);
    const facts = withPrivileges({ effectiveUser: 65534, effective: three });
    expect(unhealthy(facts)).toEqual([]);
  });

  it('takes CAP_SYS_ADMIN for CAP_BPF and CAP_PERFMON, not for CAP_NET_ADMIN', () => {
    const facts = withPrivileges({ effectiveUser: 1000, effective: 1n << 21n });
    expect(find(facts, 'capabilities').found).toBe('missing CAP_NET_ADMIN');
  });

  it('tells a container which capabilities to be started with', () => {
    const facts = withPrivileges({ effective: 0n, bounding: 0n, container: 'podman' }, refused);
    expect(find(facts, 'capabilities').command).toContain('--cap-add=BPF,NET_ADMIN,PERFMON');
  });

  it('says sudo in a container, too, where sudo would do', () => {
    const facts = withPrivileges(
      { effectiveUser: 1000, effective: 0n, container: 'docker' },
      refused,
    );
    expect(find(facts, 'capabilities').command).toContain('sudo');
  });

  it('tells seccomp from missing capabilities', () => {
    const facts = withPrivileges({ seccompMode: 2 }, refused);
    expect(unhealthy(facts)).toContain('bpf_syscall: broken');
    expect(find(facts, 'bpf_syscall').found).toContain('seccomp');
    expect(exitStatusOf(examine(facts))).toBe(3);
  });

  it('tells a user namespace from missing capabilities', () => {
    const facts = withPrivileges({ initialUserNamespace: false, seccompMode: 2 }, refused);
    expect(find(facts, 'bpf_syscall').found).toContain('user namespace');
  });

  it('names the security module when nothing else refuses', () => {
    const facts = withPrivileges({ securityModules: ['capability', 'selinux'] }, refused);
    expect(find(facts, 'bpf_syscall').found).toContain('(selinux)');
  });

  it('ends with 4 on a kernel without bpf(2)', () => {
    const nothing = Object.fromEntries(kernelFeatures.map(({ name }) => [name, false]));
    const facts = withKernel({ features: nothing });
    const bad = examine(facts).filter((finding) => finding.status !== 'ok');
    expect(bad.map(({ check }) => check)).toEqual(['bpf_syscall']);
    expect(exitStatusOf(bad)).toBe(4);
    // No capability would fix it.
    const poor = examine(withPrivileges({ effective: 0n, effectiveUser: 1000 }, nothing));
    expect(exitStatusOf(poor)).toBe(4);
  });

  it.each(kernelFeatures.map((feature) => [feature.name, feature.lost] as const))(
    'kernel without %s: degraded says what is lost, broken how to fix it',
    (name, lost) => {
      const facts = withPrivileges({ memoryLockBytes: null }, { ...everyFeature, [name]: false });
      const bad = examine(facts).filter((finding) => finding.status !== 'ok');
      if (lost === null) {
        expect(bad.map((finding) => finding.status)).toContain('broken');
        expect(bad.every((finding) => finding.fix !== null)).toBe(true);
        expect(exitStatusOf(bad)).toBe(4);
      } else {
        expect(bad).toHaveLength(1);
        expect(bad[0]).toMatchObject({ status: 'degraded', lost });
        expect(exitStatusOf(bad)).toBe(0);
      }
    },
  );

  it('memory lock: 64 KiB is broken on a kernel that counts maps and without CAP_SYS_RESOURCE', () => {
    const features = { ...everyFeature, memoryAccounting: false };
    const three = (1n << 39n) | (1n << 38n) | (1n << 12n);
    const poor = withPrivileges({ effective: three, effectiveUser: 1000 }, features);
    expect(find(poor, 'memory_lock')).toMatchObject({ status: 'broken', exitStatus: 3 });
    const rich = withPrivileges({ effective: three | (1n << 24n) }, features);
    expect(exitStatusOf(examine(rich))).toBe(0);
  });

  it('an interface that does not exist ends with 5 and names those that do', () => {
    const facts = { ...healthy, interfaces: [{ ...eth0, name: 'eth9', link: null }] };
    expect(find(facts, 'interface').fix).toContain('lo, eth0');
    expect(exitStatusOf(examine(facts))).toBe(5);
  });

  it('a missing interface comes before missing rights, as in the program itself', () => {
    const facts = {
      ...withPrivileges({ effective: 0n, effectiveUser: 1000 }, refused),
      interfaces: [{ ...eth0, name: 'eth9', link: null }],
    };
    expect(exitStatusOf(examine(facts))).toBe(5);
  });

  it('no interface named and none to be chosen: says so and ends with what the program would', () => {
    const choiceFailure = { message: 'no default route', advice: 'name one', status: 5 } as const;
    const facts = { ...healthy, interfaces: [], choiceFailure };
    expect(find(facts, 'interface')).toMatchObject({ status: 'broken', fix: 'name one' });
    expect(exitStatusOf(examine(facts))).toBe(5);
  });

  it('names neighbours and their owners, and what an XDP program costs us', () => {
    const programs = [
      { hook: 'xdp-native', direction: 'ingress', id: 7, name: 'cil_xdp_entry' },
      { hook: 'tcx', direction: 'egress', id: 8, name: 'cil_to_netdev' },
      { hook: 'tcx', direction: 'egress', id: 9, name: '' },
    ] as const;
    const facts = { ...healthy, interfaces: [{ ...eth0, programs }] };
    const lines = examine(facts).filter((finding) => finding.check === 'neighbours');
    expect(lines.map((finding) => finding.status)).toEqual(['degraded', 'ok']);
    expect(lines[0]!.found).toBe('XDP: cil_xdp_entry (Cilium)');
    expect(lines[1]!.found).toContain('cil_to_netdev (Cilium)');
    expect(lines[1]!.found).toContain('program 9');
    expect(exitStatusOf(lines)).toBe(0);
  });

  it('tells the hook that will be taken, and clsact where the kernel has no tcx', () => {
    const line = (facts: DoctorFacts) =>
      examine(facts).find((finding) => finding.check === 'hooks')?.found;
    expect(line(healthy)).toBe('tcx for both directions, no XDP: a reason');
    const old = withKernel({ features: { ...everyFeature, tcx: false } });
    expect(line(old)).toBe('clsact for both directions, no XDP: a reason');
  });

  it('LRO is degraded with the command that turns it off', () => {
    const facts = { ...healthy, interfaces: [{ ...eth0, offloads: ['lro'] }] };
    expect(find(facts, 'offloads').command).toBe('sudo ethtool -K eth0 lro off');
  });

  it('a terminal that is too small or has no UTF-8 is degraded', () => {
    const runtime = { ...healthy.runtime, columns: 60, utf8: false };
    expect(find({ ...healthy, runtime }, 'terminal').lost).toBe(
      'lines and graphs are drawn in ASCII; columns and panels: the terminal is smaller than 80x24',
    );
  });

  it('HOME absent costs settings, not monitoring', () => {
    const runtime = { ...healthy.runtime, home: '', homeWritable: false };
    expect(unhealthy({ ...healthy, runtime })).toEqual(['home: degraded']);
  });

  it('64 KiB of locked memory are told from missing capabilities and from seccomp', () => {
    const limits = { memoryLockBytes: 65536, memoryLockHardBytes: 65536, seccompMode: 2 };
    const three = (1n << 39n) | (1n << 38n) | (1n << 12n);
    const facts = withPrivileges(
      { ...limits, effective: three, effectiveUser: 1000 },
      { ...everyFeature, arrayMap: 'EPERM', memoryAccounting: false },
    );
    expect(unhealthy(facts)).toEqual(['memory_lock: broken', 'memory_accounting: degraded']);
    expect(find(facts, 'memory_lock').found).toMatch(/^64 KiB is the limit of locked memory/);
    expect(find(facts, 'memory_lock').command).toBe('ulimit -l unlimited');
  });

  it('says nothing of features and neighbours that somebody refuses altogether', () => {
    const facts = withPrivileges({ seccompMode: 2 }, refused);
    const silent = { ...facts, interfaces: [{ ...eth0, programs: null }] };
    expect(unhealthy(silent)).toEqual(['bpf_syscall: broken']);
    expect(examine(silent).some((finding) => finding.check === 'features')).toBe(false);
  });

  it('what root alone may do is degraded for three capabilities, not uncertain', () => {
    const three = (1n << 39n) | (1n << 38n) | (1n << 12n);
    const features = { ...everyFeature, statistics: 'EPERM' };
    const facts = withPrivileges({ effective: three, effectiveUser: 1000 }, features);
    expect(find(facts, 'statistics')).toMatchObject({
      status: 'degraded',
      lost: "runs and time of a user's programs are not known (ours count and time themselves)",
    });
  });

  it.each([
    ['docker', 'docker run --cap-add=BPF,NET_ADMIN,PERFMON'],
    ['kubernetes', 'securityContext: {capabilities: {add: [BPF, NET_ADMIN, PERFMON]}}'],
    ['systemd-nspawn', 'systemd-nspawn --capability=CAP_BPF'],
    [null, 'AmbientCapabilities=CAP_BPF CAP_NET_ADMIN CAP_PERFMON'],
  ])('capabilities out of reach in %s: what whoever starts it must say', (container, command) => {
    const facts = withPrivileges({ effective: 0n, bounding: 0n, container }, refused);
    expect(find(facts, 'capabilities').command).toContain(command);
  });

  it("sudo keeps the path of a Node that isn't in its own", () => {
    const runtime = { ...healthy.runtime, nodePath: '/home/me/.nvm/versions/node/v22/bin/node' };
    const facts = { ...withPrivileges({ effective: 0n, effectiveUser: 1000 }, refused), runtime };
    expect(find(facts, 'capabilities').command).toBe('sudo env "PATH=$PATH" npx kubenetprobe-top');
  });

  it('a user of the library is told of his own program', () => {
    const { privileges } = withPrivileges({ effective: 0n, effectiveUser: 1000 }, refused);
    const refusal = (nodePath: string) =>
      explainRefusal(privileges, refused, { nodePath, script: '/srv/app.mjs' });
    expect(refusal('/usr/bin/node')).toEqual({
      guard: 'capabilities',
      why: expect.stringMatching(/^missing CAP_BPF/),
      fix: 'run your program as root, or give it CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON (in a systemd unit: AmbientCapabilities=)',
      command: 'sudo node /srv/app.mjs',
    });
    expect(refusal('/home/me/node').command).toBe('sudo /home/me/node /srv/app.mjs');
  });

  it('lines fit the screen, but a command is never broken', () => {
    const findings = examine(withPrivileges({ effective: 0n, effectiveUser: 1000 }, refused));
    // The last line is the verdict: it stands alone.
    const lines = reportText(findings, 3, 60).trimEnd().split('\n').slice(0, -1);
    expect(lines.filter((line) => line.length > 60)).toEqual([]);
    const nodePath = '/home/me/.nvm/versions/node/v22/bin/node';
    const facts = withPrivileges({ effective: 0n, effectiveUser: 1000 }, refused);
    const long = examine({ ...facts, runtime: { ...facts.runtime, nodePath } });
    const command = 'sudo env "PATH=$PATH" npx kubenetprobe-top';
    expect(
      reportText(long, 3, 50)
        .split('\n')
        .some((line) => line.endsWith(command)),
    ).toBe(true);
  });

  it('the worst comes first in each group', () => {
    const interfaces = [{ ...eth0, offloads: ['lro'] }];
    const text = reportText(examine({ ...healthy, interfaces }), 0);
    const [, ...own] = text.slice(text.indexOf('\neth0')).trim().split('\n');
    expect(own[0]).toMatch(/^degraded offloads/);
  });

  it('reports every broken point with its fix, and the verdict', () => {
    const findings = examine(withPrivileges({ effective: 0n, effectiveUser: 1000 }, refused));
    const text = reportText(findings, 3);
    expect(text).toContain('BROKEN   capabilities');
    expect(text).toContain('sudo npx kubenetprobe-top');
    expect(text).toContain(
      'Monitoring does not work here (exit status 3): fix the 1 point marked BROKEN.',
    );
    expect(JSON.parse(reportJson(findings, 3))).toMatchObject({
      type: 'doctor',
      works: false,
      exitStatus: 3,
    });
  });
});

describe('a PREEMPT_RT kernel', () => {
  it("costs exactness, says so, and stands in nobody's way", () => {
    const findings = examine({ ...healthy, kernel: { ...healthy.kernel, preemptRt: true } });
    const found = findings.find(({ check }) => check === 'preempt_rt');
    expect(found).toMatchObject({ status: 'degraded', exitStatus: null });
    expect(found?.lost).toContain('exact counts');
    expect(found?.fix).toContain('CONFIG_PREEMPT_RT_NEEDS_BH_LOCK');
    expect(exitStatusOf(findings)).toBe(0);
  });

  it('is not spoken of elsewhere', () => {
    expect(examine(healthy).some(({ check }) => check === 'preempt_rt')).toBe(false);
  });
});
