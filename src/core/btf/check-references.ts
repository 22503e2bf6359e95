// Every id that a type names is there: checked once, so that nothing that follows ids later can come upon a gap.
import type { Btf } from './btf.js';
import { BtfError } from './btf-error.js';
import type { BtfType } from './type.js';

function namedBy(type: BtfType): readonly number[] {
  switch (type.kind) {
    case 'array':
      return [type.element];
    case 'struct':
    case 'union':
      return type.members.map((member) => member.type);
    case 'section':
      return type.variables.map((variable) => variable.type);
    case 'prototype':
      return [type.result, ...type.parameters.map((parameter) => parameter.type)];
    default:
      return 'target' in type ? [type.target] : [];
  }
}

/** Throws BtfError. Reads every type: for objects, not for a kernel's BTF. */
export function checkReferences(btf: Btf): void {
  for (let id = 1; id < btf.typeCount; id++) {
    const missing = namedBy(btf.type(id)).find((one) => one >= btf.typeCount);
    if (missing !== undefined)
      throw new BtfError('no_such_type', `type ${id} names BTF type ${missing}, which isn't there`);
  }
}
