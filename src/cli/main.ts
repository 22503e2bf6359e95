// The program: parses the command line, runs the command, and exits with the status of contract.md.
import { descriptorLimitFailure } from '../core/errors/descriptor-limit.js';
import { ExpectedError } from '../core/errors/expected-error.js';
import { safeText } from '../core/format/safe-text.js';
import { runDoctor } from './commands/doctor.js';
import { runMonitor } from './commands/monitor.js';
import { completionScript } from './completion.js';
import { manualPage } from './manual.js';
import { parseArguments } from './parse-arguments.js';
import { programVersion, versionText } from './version.js';

const WIDE = 100;

async function main(argv: readonly string[]): Promise<void> {
  const command = await parseArguments(argv, {
    environment: process.env,
    stdoutIsTerminal: process.stdout.isTTY === true,
    columns: process.stdout.columns ?? WIDE,
  });
  process.exitCode = 0;
  switch (command.command) {
    case 'help':
      process.stdout.write(`${command.text}\n`);
      break;
    case 'version':
      process.stdout.write(versionText());
      break;
    case 'explain':
      process.stdout.write(`${command.text}\n`);
      break;
    case 'completion':
      process.stdout.write(completionScript(command.shell));
      break;
    case 'manual':
      process.stdout.write(manualPage(programVersion));
      break;
    case 'doctor':
      process.exitCode = runDoctor(command, process.env, process.stdout);
      return;
    case 'monitor':
      await runMonitor(command);
      break;
  }
}

/** One line that says what and why, one that says what to do; the rest with --debug. */
function report(error: unknown, debug: boolean): number {
  const known = error instanceof Error ? error : new Error(String(error));
  const expected = known instanceof ExpectedError ? known : descriptorLimitFailure(known);
  const advice =
    expected?.advice ?? 'This is a bug: run it again with --debug and report what that says';
  process.stderr.write(
    `kubenetprobe-top: ${safeText((expected ?? known).message, 1000)}\n  ${safeText(advice, 1000)}\n`,
  );
  if (debug) {
    if (expected?.detail) process.stderr.write(`${expected.detail.trimEnd()}\n`);
    process.stderr.write(`${known.stack ?? ''}\n`);
  }
  return expected?.status ?? 1;
}

const argv = process.argv.slice(2);
try {
  await main(argv);
} catch (error) {
  process.exitCode = report(error, argv.includes('--debug'));
}
