// Completion and manual page know every option of the table, and the shells accept them.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { completionScript, shells } from '../../../src/cli/completion.js';
import { manualPage } from '../../../src/cli/manual.js';
import { options } from '../../../src/core/options/schema.js';

const flags = Object.values(options).flatMap((entry) => ('flag' in entry ? [entry.flag] : []));

describe('completion', () => {
  it.each(shells)('%s: every option is there', (shell) => {
    const script = completionScript(shell);
    for (const name of flags) {
      expect(script).toContain(shell === 'fish' ? `-l ${name}` : `--${name}`);
    }
  });

  it('bash reads the script, and completes the values of a choice', () => {
    const test = `${completionScript('bash')}
COMP_WORDS=(kubenetprobe-top --ingress x); COMP_CWORD=2; _kubenetprobe_top; echo "\${COMPREPLY[*]}"
COMP_WORDS=(kubenetprobe-top --pri); COMP_CWORD=1; _kubenetprobe_top; echo "\${COMPREPLY[*]}"
COMP_WORDS=(kubenetprobe-top doc); COMP_CWORD=1; _kubenetprobe_top; echo "\${COMPREPLY[*]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', test], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout.split('\n').slice(0, 3)).toEqual(['xdp xdp-generic', '', 'doctor']);
  });
});

describe('manual page', () => {
  it('has every option, and no line that roff would take for a request', () => {
    const page = manualPage('1.2.3');
    for (const name of flags) expect(page).toContain(`\\-\\-${name.replaceAll('-', '\\-')}`);
    const requests = page.split('\n').filter((line) => /^[.']/.test(line));
    for (const line of requests) expect(line).toMatch(/^\.(TH|SH|SS|TP|br)\b/);
  });
});
