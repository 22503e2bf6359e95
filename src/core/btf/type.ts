// The types that BTF describes, one shape a kind, as linux/btf.h and Documentation/bpf/btf.rst have them.

export const btfKind = {
  int: 1,
  pointer: 2,
  array: 3,
  struct: 4,
  union: 5,
  enum: 6,
  forward: 7,
  typedef: 8,
  volatile: 9,
  const: 10,
  restrict: 11,
  function: 12,
  prototype: 13,
  variable: 14,
  section: 15,
  float: 16,
  declarationTag: 17,
  typeTag: 18,
  enum64: 19,
} as const;

interface Named {
  readonly id: number;
  /** Empty where the type has none. */
  readonly name: string;
}

export interface BtfVoid extends Named {
  readonly kind: 'void';
}

export interface BtfInt extends Named {
  readonly kind: 'int';
  /** Bytes: 1, 2, 4, 8 or 16. */
  readonly size: number;
  readonly signed: boolean;
  readonly bool: boolean;
  /** BTF_INT_CHAR, or the name `char`: clang marks char as signed only. */
  readonly char: boolean;
  /** Legacy bitfields: bits that are used, and where they begin. */
  readonly bits: number;
  readonly bitOffset: number;
}

export interface BtfFloat extends Named {
  readonly kind: 'float';
  readonly size: number;
}

/** Pointers and whatever only renames or qualifies another type. */
export interface BtfReference extends Named {
  readonly kind: 'pointer' | 'typedef' | 'volatile' | 'const' | 'restrict' | 'typeTag';
  readonly target: number;
}

export interface BtfArray extends Named {
  readonly kind: 'array';
  readonly element: number;
  readonly count: number;
}

export interface BtfMember {
  /** Empty: an anonymous struct or union, whose members count as the parent's. */
  readonly name: string;
  readonly type: number;
  readonly bitOffset: number;
  /** 0: no bitfield (or a legacy one: then the int says so). */
  readonly bitfieldBits: number;
}

export interface BtfComposite extends Named {
  readonly kind: 'struct' | 'union';
  readonly size: number;
  readonly members: readonly BtfMember[];
}

export interface BtfEnumerator {
  readonly name: string;
  readonly value: bigint;
}

export interface BtfEnum extends Named {
  readonly kind: 'enum';
  /** Bytes: 1, 2, 4 or 8. */
  readonly size: number;
  readonly signed: boolean;
  readonly enumerators: readonly BtfEnumerator[];
}

export interface BtfForward extends Named {
  readonly kind: 'forward';
  readonly union: boolean;
}

export interface BtfFunction extends Named {
  readonly kind: 'function';
  readonly target: number;
}

export interface BtfPrototype extends Named {
  readonly kind: 'prototype';
  readonly result: number;
  /** Type 0 as the last one: variable arguments. */
  readonly parameters: readonly { readonly name: string; readonly type: number }[];
}

export interface BtfVariable extends Named {
  readonly kind: 'variable';
  readonly target: number;
  readonly global: boolean;
}

export interface BtfSection extends Named {
  readonly kind: 'section';
  readonly size: number;
  readonly variables: readonly {
    readonly type: number;
    readonly offset: number;
    readonly size: number;
  }[];
}

export interface BtfDeclarationTag extends Named {
  readonly kind: 'declarationTag';
  readonly target: number;
  /** Member or parameter that is meant; -1: the target itself. */
  readonly component: number;
}

export type BtfType =
  | BtfVoid
  | BtfInt
  | BtfFloat
  | BtfReference
  | BtfArray
  | BtfComposite
  | BtfEnum
  | BtfForward
  | BtfFunction
  | BtfPrototype
  | BtfVariable
  | BtfSection
  | BtfDeclarationTag;

/** Decoded values. Integers are numbers up to 2^53 and bigints beyond; pointers are hex strings. */
export type BtfValue =
  | number
  | bigint
  | boolean
  | string
  | null
  | readonly BtfValue[]
  | { readonly [member: string]: BtfValue };
