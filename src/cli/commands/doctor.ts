// `doctor [interface..]`: one screen that says what works on this machine, what does not, and how to fix it.
import { accessSync, constants, existsSync } from 'node:fs';
import { collectFacts } from '../../core/doctor/collect.js';
import type { RuntimeFacts } from '../../core/doctor/facts.js';
import { exitStatusOf } from '../../core/doctor/finding.js';
import { examine } from '../../core/doctor/index.js';
import { reportJson, reportText } from '../../core/doctor/report.js';
import { AddonLoadError, loadNative } from '../../core/native/load.js';
import { planIngress } from '../../core/sources/ingress-choice.js';
import { ANY, chooseInterfaces } from '../../core/sources/interface-choice.js';
import { enterNamespace, nativeFailure } from '../../core/sources/native-failure.js';

export interface DoctorOptions {
  readonly interfaces: readonly string[];
  readonly networkNamespace: string | null;
  readonly json: boolean;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function runtimeFacts(env: NodeJS.ProcessEnv, output: NodeJS.WriteStream): RuntimeFacts {
  const report = process.report?.getReport() as
    | { header?: { glibcVersionRuntime?: string } }
    | undefined;
  const home = env['HOME'] ?? '';
  return {
    nodeVersion: process.version,
    nodePath: process.execPath,
    musl: !report?.header?.glibcVersionRuntime,
    outputIsTerminal: output.isTTY === true,
    columns: output.columns ?? null,
    rows: output.rows ?? null,
    terminal: env['TERM'] ?? '',
    utf8: /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''),
    home,
    homeWritable: home !== '' && isWritable(home),
    systemFiles: existsSync('/sys/class/net'),
  };
}

/** Without the addon nothing can be probed: a finding of its own. */
function enter(path: string): void {
  try {
    enterNamespace(loadNative(), path);
  } catch (error) {
    if (!(error instanceof AddonLoadError)) throw nativeFailure(error);
  }
}

/** Returns the exit status: 0 when monitoring can work, else what the program itself would end with. */
export function runDoctor(
  options: DoctorOptions,
  env: NodeJS.ProcessEnv,
  output: NodeJS.WriteStream,
): number {
  if (options.networkNamespace !== null) enter(options.networkNamespace);
  const facts = collectFacts(runtimeFacts(env, output), {
    // A name that doesn't exist is a finding of its own: only the choice among existing ones is the program's.
    choose: (links) =>
      options.interfaces.length > 0 && !options.interfaces.includes(ANY)
        ? options.interfaces
        : chooseInterfaces(options.interfaces, env['NETWORK_INTERFACE'], links).links.map(
            (link) => link.name,
          ),
    plan: (link) => planIngress(link, 'auto'),
  });
  const findings = examine(facts);
  const exitStatus = exitStatusOf(findings);
  output.write(
    options.json
      ? reportJson(findings, exitStatus)
      : reportText(findings, exitStatus, output.columns || null),
  );
  return exitStatus;
}
