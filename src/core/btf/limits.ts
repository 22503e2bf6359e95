// Caps of the BTF room: an object file comes from anywhere, so every count and depth in it is bounded.

/** Types in one BTF section. A distribution's vmlinux has 150,000; type ids of the kernel are 20 bits. */
export const maximumTypes = 0xfffff;

/** Nesting of structs, arrays, typedefs: the kernel's own bound (MAX_RESOLVE_DEPTH). */
export const maximumDepth = 32;

/** Values in one decoded value, nested ones included: a union of unions in a few bytes could else be 2^32 of them. */
export const maximumElements = 1 << 20;

/** Bytes of one name; the kernel's KSYM_NAME_LEN. */
export const maximumNameBytes = 512;

/** Bytes of one value: the kernel refuses larger ones (KMALLOC_MAX_SIZE is 4 MiB; per-CPU values 32 KiB). */
export const maximumValueBytes = 4 << 20;

/** Types that one printed type name may go through. */
export const maximumNameParts = 256;
