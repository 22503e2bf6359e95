// Each interface: its state, how it would be read, its offloads, and other programs on its hooks.
import { nearest } from '../../format/nearest.js';
import type { HookedProgram } from '../../native/contract.js';
import type { FeatureAnswers } from '../../native/kernel-features.js';
import { sudoCommand } from '../../native/refusal.js';
import type { DoctorFacts, InterfaceFacts } from '../facts.js';
import { broken, degraded, type Finding, ok } from '../finding.js';

const linkUp = 1;
const loopback = 8;
const lowerUp = 0x10000;

/** Names that programs of well-known neighbours begin with. */
const neighbours: readonly { readonly name: RegExp; readonly owner: string }[] = [
  { name: /^(cil_|tail_|cilium)/, owner: 'Cilium' },
  { name: /^(calico_|cali_)/, owner: 'Calico' },
  { name: /^xdp_dispatcher/, owner: 'libxdp' },
  { name: /^balancer_/, owner: 'Katran' },
  { name: /^sys_|^sd_/, owner: 'systemd' },
  { name: /^network_monitor/, owner: 'another kubenetprobe-top' },
];

export function ownerOf(program: HookedProgram): string | null {
  return neighbours.find((neighbour) => neighbour.name.test(program.name))?.owner ?? null;
}

function describe(program: HookedProgram): string {
  const owner = ownerOf(program);
  const name = program.name === '' ? `program ${program.id}` : program.name;
  return owner === null ? name : `${name} (${owner})`;
}

export function checkInterfaces(facts: DoctorFacts): Finding[] {
  if (facts.choiceFailure !== null) {
    const { message, advice, status } = facts.choiceFailure;
    return [broken({ check: 'interface' }, message, { fix: advice, exitStatus: status })];
  }
  return facts.interfaces.flatMap((inspected) => checkInterface(inspected, facts));
}

function checkInterface(inspected: InterfaceFacts, facts: DoctorFacts): Finding[] {
  const known = facts.knownInterfaces;
  const { features } = facts.kernel;
  if (inspected.link === null) {
    return [noSuchInterface(inspected.name, known)];
  }
  return [
    ...checkState(inspected),
    ...checkHooks(inspected, features),
    ...checkOffloads(inspected),
    ...checkNeighbours(inspected, facts),
  ];
}

/** A node of Kubernetes has hundreds. */
const NAMES_LISTED = 20;

function noSuchInterface(name: string, known: readonly string[]): Finding {
  const meant = nearest(name, known);
  const more = known.length > NAMES_LISTED ? ` and ${known.length - NAMES_LISTED} more` : '';
  const listed = `there are: ${known.slice(0, NAMES_LISTED).join(', ')}${more}`;
  return broken({ check: 'interface', interface: name }, 'no such interface', {
    fix: meant === null ? listed : `did you mean ${meant}? ${listed}`,
    command: meant === null ? 'ip link' : `npx kubenetprobe-top doctor ${meant}`,
    exitStatus: 5,
  });
}

function checkState({ name, link }: InterfaceFacts): Finding[] {
  if (link === null) return [];
  const subject = { check: 'interface', interface: name };
  const kind = link.kind || link.driver || ((link.flags & loopback) !== 0 ? 'loopback' : 'device');
  const found = `${kind}, MTU ${link.mtu}, XDP ${link.xdp}`;
  if ((link.flags & linkUp) === 0) {
    return [
      degraded(subject, `${found}, down`, {
        lost: 'packets until it is up; the programs stay attached and count from then on',
        fix: 'bring it up',
        command: `sudo ip link set ${name} up`,
      }),
    ];
  }
  if ((link.flags & lowerUp) === 0) {
    return [
      degraded(subject, `${found}, no carrier`, { lost: 'packets until there is a carrier' }),
    ];
  }
  return [ok(subject, `${found}, up`)];
}

/** The hook that will be used; tcx is tried first, clsact where the kernel has no tcx. */
function checkHooks({ name, plan }: InterfaceFacts, features: FeatureAnswers): Finding[] {
  if (plan === null) return [];
  const subject = { check: 'hooks', interface: name };
  const trafficControl = features['tcx'] === false ? 'clsact' : 'tcx';
  const [first] = plan.hooks;
  const found =
    first === 'tcx' || first === 'clsact'
      ? `${trafficControl} for both directions, no XDP: ${plan.reason}`
      : `${first} for ingress (${plan.reason}), ${trafficControl} for egress`;
  return [ok(subject, found)];
}

function checkOffloads({ name, offloads }: InterfaceFacts): Finding[] {
  const subject = { check: 'offloads', interface: name };
  if (offloads.length === 0) return [];
  if (!offloads.includes('lro'))
    return [ok(subject, `${offloads.join(', ')}: frames are counted as on the wire`)];
  return [
    degraded(subject, offloads.join(', '), {
      lost: 'the exact number of frames: LRO merges them in the NIC and drops their headers',
      fix: 'turn LRO off (GRO gives the same performance)',
      command: `sudo ethtool -K ${name} lro off`,
    }),
  ];
}

/** Everyone is passed on and kept; what a neighbour drops before our place, we can't see. */
function checkNeighbours({ name, programs }: InterfaceFacts, facts: DoctorFacts): Finding[] {
  const subject = { check: 'neighbours', interface: name };
  if (programs === null) {
    // A refusal of bpf(2) altogether has a line of its own.
    if (facts.kernel.features['arrayMap'] !== true) return [];
    return [
      degraded(subject, 'cannot list other XDP and TC programs', {
        lost: 'the check for other XDP and TC programs',
        fix: 'run the doctor as root',
        command: sudoCommand(facts.runtime.nodePath, 'doctor', name),
      }),
    ];
  }
  if (programs.length === 0) return [ok(subject, 'no other XDP or TC programs are attached')];
  const findings: Finding[] = [];
  const xdp = programs.filter((program) => program.hook.startsWith('xdp'));
  const others = programs.filter((program) => !program.hook.startsWith('xdp'));
  if (xdp.length > 0) {
    findings.push(
      degraded(subject, `XDP: ${xdp.map(describe).join(', ')}`, {
        lost: 'the XDP hook: received packets are read by TC, behind that program; what it drops or redirects is not counted',
      }),
    );
  }
  if (others.length > 0) {
    const list = others.map(
      (program) => `${program.hook} ${program.direction} ${describe(program)}`,
    );
    findings.push(
      ok(subject, `${list.join(', ')}: they keep working; ours passes every packet on`),
    );
  }
  return findings;
}
