// The gates of a released addon refuse what a server might not have.
import { describe, expect, it } from 'vitest';
// @ts-expect-error a build script without types
import { highestGlibc, readNeeds, symbolFaults } from '../../../scripts/release/symbols.mjs';

const good = `
ELF Header:
  Machine:                           Advanced Micro Devices X86-64
Dynamic section at offset 0x1 contains 29 entries:
 0x0000000000000001 (NEEDED)             Shared library: [libpthread.so.0]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
Symbol table '.dynsym' contains 5 entries:
   Num:    Value          Size Type    Bind   Vis      Ndx Name
     0: 0000000000000000     0 NOTYPE  LOCAL  DEFAULT  UND ${''}
     1: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND napi_create_error
     2: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND memcpy@GLIBC_2.14 (2)
     3: 0000000000000000     0 NOTYPE  WEAK   DEFAULT  UND __gmon_start__
     4: 0000000000012340   100 FUNC    GLOBAL DEFAULT   12 napi_register_module_v1
     5: 0000000000012340   100 FUNC    GLOBAL DEFAULT   12 node_api_module_get_api_version_v1
     6: 0000000000012000     0 SECTION LOCAL  DEFAULT   10 .init
Version needs section '.gnu.version_r' contains 1 entry:
  0x0010:   Name: GLIBC_2.14  Flags: none  Version: 2
  0x0020:   Name: GLIBC_2.2.5  Flags: none  Version: 3
`;

const faults = (text: string, architecture = 'x64'): string[] =>
  symbolFaults(readNeeds(text), architecture);

describe('the symbol gates', () => {
  it('let a good file pass, and name its highest glibc', () => {
    expect(faults(good)).toEqual([]);
    expect(highestGlibc(readNeeds(good))).toBe('2.14');
  });

  it.each([
    ['a newer glibc', 'GLIBC_2.14  Flags', 'GLIBC_2.34  Flags', 'needs glibc 2.34, more than 2.28'],
    ['the C++ runtime', '[libc.so.6]', '[libstdc++.so.6]', 'needs libstdc++.so.6'],
    [
      'a symbol version of C++',
      'GLIBC_2.14  Flags',
      'CXXABI_1.3  Flags',
      'needs symbols of CXXABI_1.3',
    ],
    [
      'a symbol that nobody has',
      'UND napi_create_error',
      'UND eu_search_tree_init',
      'has eu_search_tree_init undefined',
    ],
    [
      'a symbol that leaks out',
      'node_api_module_get_api_version_v1',
      '_ZTISt9exception',
      'exports _ZTISt9exception',
    ],
    [
      'no entry',
      'napi_register_module_v1',
      'node_api_module_get_api_version_v1',
      "doesn't export napi_register_module_v1",
    ],
    ['another machine', 'Advanced Micro Devices X86-64', 'AArch64', 'is for AArch64'],
  ])('refuse %s', (_, from, to, fault) => {
    expect(good).toContain(from);
    expect(faults(good.replace(from, to))).toEqual([fault]);
  });
});
