// Loads the addon in a musl process. No Node.js for musl is available here: a stand-in with Node-API's symbols loads it, and no more.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addonNeeds } from '../release/symbols.mjs';
import { run } from '../toolchain.mjs';

const stub = (name) => `int ${name}(void) { return 0; }`;

const source = (names) => `#include <dlfcn.h>
#include <stdio.h>
${names.map(stub).join('\n')}
int main(int count, char **words)
{
	void *addon = count > 1 ? dlopen(words[1], RTLD_NOW) : NULL;
	if (!addon || !dlsym(addon, "napi_register_module_v1")) {
		fprintf(stderr, "%s\\n", dlerror());
		return 1;
	}
	return 0;
}
`;

/** Throws with the loader's message if a symbol or a library is missing. */
export function loadInMusl(addon) {
  const names = addonNeeds(addon)
    .symbols.filter(({ section, name }) => section === 'UND' && /^(napi_|node_api_)/.test(name))
    .map(({ name }) => name);
  const folder = mkdtempSync(join(tmpdir(), 'knp-musl-'));
  try {
    const program = join(folder, 'stand-in');
    writeFileSync(`${program}.c`, source(names));
    run('musl-gcc', ['-rdynamic', '-o', program, `${program}.c`]);
    run(program, [addon], { capture: true });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
