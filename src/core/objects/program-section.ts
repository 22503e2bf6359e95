// What a section's name says about its program: where it can be attached. libbpf's conventions, old names and new.

export type ProgramHook = 'xdp' | 'tc';

export interface ProgramPlace {
  /** null: a program that belongs to no interface (host-section.ts). */
  readonly hook: ProgramHook | null;
  readonly direction: 'ingress' | 'egress';
}

const words = (text: string) => text.toLowerCase().split(/[^a-z]+/);

/** `tc` says nothing of the direction: then the program's own name may (`…_egress`); default: ingress. */
export function placeOf(section: string, name: string): ProgramPlace {
  const [kind] = words(section);
  const direction = [...words(section), ...words(name)].includes('egress') ? 'egress' : 'ingress';
  if (kind === 'xdp') return { hook: 'xdp', direction: 'ingress' };
  if (kind === 'tc' || kind === 'tcx' || kind === 'classifier') return { hook: 'tc', direction };
  return { hook: null, direction };
}
