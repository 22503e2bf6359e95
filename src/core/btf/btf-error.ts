// What can be wrong with BTF, with bytes that claim to be of a type, or with a value that shall become bytes.

/**
 * What is wrong.
 *
 * @example
 * ```ts
 * const fitsNot: BtfErrorCode = 'wrong_value';
 * ```
 */
export type BtfErrorCode =
  /** No BTF magic, or a version that isn't 1. */
  | 'not_btf'
  /** Made for a machine of the other byte order. */
  | 'foreign_endianness'
  /** A length or an offset points outside of its section. */
  | 'truncated'
  /** A type, a member or a string that contradicts the format. */
  | 'corrupt'
  /** A type id that doesn't exist. */
  | 'no_such_type'
  /** A type that contains itself, or nests deeper than 32 levels. */
  | 'recursive_type'
  /** A type without a size (void, a forward declaration, a function) where a value is expected. */
  | 'incomplete_type'
  /** More elements than one value may have. */
  | 'too_complex'
  /** Fewer bytes than the type needs. */
  | 'value_too_short'
  /** A value that isn't of the type: wrong kind, out of range, unknown name, missing member. */
  | 'wrong_value';

/**
 * Types, or values that don't fit them: of a user's object, and of what is written to its maps. The message says where and what.
 *
 * @example
 * ```ts
 * try { monitor.map('counts').set({ port: 443 }, 1); } catch (error) { if (error instanceof BtfError) console.error(error.code, error.message); }
 * ```
 */
export class BtfError extends Error {
  /** Identifies it where `instanceof` can't. */
  override readonly name = 'BtfError';

  /** Constructed by the library only; catch it. */
  constructor(
    /** For programs. */
    readonly code: BtfErrorCode,
    message: string,
  ) {
    super(message);
  }
}
