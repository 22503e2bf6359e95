// Types as C writes them: `struct flow_key`, `const char *`, `__u32[4]`, `int (*)(void *)`.
import type { Btf } from './btf.js';
import { maximumDepth, maximumNameParts } from './limits.js';
import type { BtfType } from './type.js';

/** What one name may still use: prototypes of prototypes could else fan out without end. */
interface Budget {
  parts: number;
}

const qualifiers = { const: 'const', volatile: 'volatile', restrict: 'restrict' } as const;

/** `inner` is what stands where C has the declared name: `*`, `[4]`. */
function declare(btf: Btf, id: number, inner: string, depth: number, budget: Budget): string {
  if (depth > maximumDepth || --budget.parts < 0) return `…${inner}`;
  const type = btf.type(id);
  const next = (target: number, declarator: string) =>
    declare(btf, target, declarator, depth + 1, budget);
  switch (type.kind) {
    case 'pointer':
      return next(type.target, `*${inner}`);
    case 'array':
      return next(type.element, `${inner.startsWith('*') ? `(${inner})` : inner}[${type.count}]`);
    case 'prototype': {
      const parameters = type.parameters
        .slice(0, maximumNameParts)
        .map((parameter, index) =>
          parameter.type === 0 && index > 0 ? '...' : next(parameter.type, ''),
        );
      return next(type.result, `(${inner})(${parameters.join(', ') || 'void'})`);
    }
    case 'const':
    case 'volatile':
    case 'restrict': {
      const target = btf.type(type.target);
      const word = qualifiers[type.kind];
      return target.kind === 'pointer'
        ? next(target.target, `*${word}${inner === '' ? '' : ` ${inner}`}`)
        : `${word} ${next(type.target, inner)}`;
    }
    case 'typeTag':
    case 'variable':
    case 'function':
    case 'declarationTag':
      return next(type.target, inner);
    default:
      return baseName(type) + (inner === '' || inner.startsWith('[') ? inner : ` ${inner}`);
  }
}

function baseName(type: BtfType): string {
  switch (type.kind) {
    case 'struct':
    case 'union':
    case 'enum':
      return `${type.kind} ${type.name || '{…}'}`;
    case 'forward':
      return `${type.union ? 'union' : 'struct'} ${type.name}`;
    case 'section':
      return `section ${type.name}`;
    default:
      return type.name || type.kind;
  }
}

/** Names come from the object file: clean them before they reach a terminal. */
export function typeName(btf: Btf, id: number): string {
  return declare(btf, id, '', 0, { parts: maximumNameParts });
}
