// Whether bytes of one type mean the same as bytes of another, in another BTF: then a reloaded object may keep its map.
import type { Btf } from '../btf/btf.js';
import { placeMember, resolveType } from '../btf/layout.js';
import type { BtfType } from '../btf/type.js';

interface Side {
  readonly btf: Btf;
  readonly id: number;
}

type Composite = BtfType & { readonly kind: 'struct' | 'union' };

/** Names of types and enumerators may change; members, their names, places and widths may not. */
export function sameLayout(left: Side, right: Side, seen = new Set<string>()): boolean {
  const pair = `${left.id}:${right.id}`;
  if (seen.has(pair)) return true;
  seen.add(pair);
  if (left.id === 0 || right.id === 0) return left.id === right.id;
  const [mine, theirs] = [resolveType(left.btf, left.id), resolveType(right.btf, right.id)];
  switch (mine.kind) {
    case 'int':
      return (
        theirs.kind === 'int' &&
        mine.size === theirs.size &&
        mine.signed === theirs.signed &&
        mine.bool === theirs.bool &&
        mine.char === theirs.char &&
        mine.bits === theirs.bits
      );
    case 'float':
    case 'enum':
      return theirs.kind === mine.kind && mine.size === theirs.size;
    case 'pointer':
      return theirs.kind === 'pointer';
    case 'array':
      return (
        theirs.kind === 'array' &&
        mine.count === theirs.count &&
        sameLayout({ ...left, id: mine.element }, { ...right, id: theirs.element }, seen)
      );
    case 'struct':
    case 'union':
      return (
        theirs.kind === mine.kind &&
        sameMembers(left.btf, mine, right.btf, theirs as Composite, seen)
      );
    default:
      return false;
  }
}

function sameMembers(
  leftBtf: Btf,
  mine: Composite,
  rightBtf: Btf,
  theirs: Composite,
  seen: Set<string>,
): boolean {
  if (mine.size !== theirs.size || mine.members.length !== theirs.members.length) return false;
  return mine.members.every((member, index) => {
    const other = theirs.members[index]!;
    const [here, there] = [placeMember(leftBtf, member), placeMember(rightBtf, other)];
    return (
      member.name === other.name &&
      here.bitOffset === there.bitOffset &&
      here.bitfieldBits === there.bitfieldBits &&
      sameLayout({ btf: leftBtf, id: member.type }, { btf: rightBtf, id: other.type }, seen)
    );
  });
}
