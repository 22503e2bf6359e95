// The examples for Kubernetes, systemd and containers give exactly the capabilities that the program asks for.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { monitoringCapabilities } from '../../../src/core/native/capabilities.js';

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8');
const withoutPrefix = monitoringCapabilities.map((name) => name.replace('CAP_', '')).sort();
const words = (text: string, separator: RegExp) => text.split(separator).sort();

describe('the pod', () => {
  const pod = parse(read('docs/examples/kubernetes-pod.yaml'));
  const [container] = pod.spec.containers;

  it('sees the node’s interfaces, on any node', () => {
    expect(pod).toMatchObject({ apiVersion: 'v1', kind: 'Pod' });
    expect(pod.spec.hostNetwork).toBe(true);
    expect(pod.spec.tolerations).toEqual([{ operator: 'Exists' }]);
  });

  it('has three capabilities, nothing to write to and no way up', () => {
    const { capabilities, ...rest } = container.securityContext;
    expect(capabilities.drop).toEqual(['ALL']);
    expect([...capabilities.add].sort()).toEqual(withoutPrefix);
    expect(rest).toEqual({
      // Kubernetes gives capabilities to an ordinary user's bounding set only: they would be gone at the start.
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
    });
    expect(container.stdin && container.tty).toBe(true);
  });
});

it('the systemd unit gives them as ambient ones and bounds them to these', () => {
  const unit = read('docs/examples/kubenetprobe-top.service');
  for (const name of ['AmbientCapabilities', 'CapabilityBoundingSet']) {
    const value = new RegExp(`^${name}=(.+)$`, 'm').exec(unit)?.[1] ?? '';
    expect(words(value, / /)).toEqual([...monitoringCapabilities].sort());
  }
  expect(unit).toMatch(/^DynamicUser=yes$/m);
  expect(unit).toMatch(/^NoNewPrivileges=yes$/m);
});

it.each(['Containerfile', 'docs/platforms.md'])('the command line in %s adds them', (file) => {
  const added = /--cap-drop=all --cap-add=([A-Z_,]+)/.exec(read(file))?.[1] ?? '';
  expect(words(added, /,/)).toEqual(withoutPrefix);
});
