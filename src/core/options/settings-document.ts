// A settings file as a document: YAML (or JSON) parsed once, with the line of each key.
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ExpectedError } from '../errors/expected-error.js';

type Path = readonly PropertyKey[];

/** What is wrong in a settings file, and where. */
export interface SettingsFault {
  readonly file: string;
  readonly line: number;
  /** '' where the file is no YAML at all. */
  readonly path: Path;
  readonly why: string;
}

export interface SettingsDocument {
  /** An empty map where the file is empty. */
  readonly value: unknown;
  lineOf(path: Path): number;
}

export function faultText({ file, line, path, why }: SettingsFault): string {
  const key = path.map(String).join('.');
  return key ? `${file}:${line}: ${key}: ${why}` : `${file}:${line}: ${why}`;
}

export function settingsError(fault: SettingsFault): ExpectedError {
  return new ExpectedError(faultText(fault), {
    status: 2,
    advice: `Correct line ${fault.line} of ${fault.file}; docs/settings.md and docs/detection.md list the keys`,
  });
}

function lineOf(document: Document, lines: LineCounter, path: Path): number {
  let line = 1;
  let node: unknown = document.contents;
  for (const step of path) {
    let found: unknown;
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && item.key.value === step);
      // The key's own line: its value may begin below it.
      if (isScalar(pair?.key) && pair.key.range) line = lines.linePos(pair.key.range[0]).line;
      found = pair?.value;
    } else if (isSeq(node)) {
      found = node.items[Number(step)];
      if (isNode(found) && found.range) line = lines.linePos(found.range[0]).line;
    }
    if (found === undefined || found === null) break;
    node = found;
  }
  return line;
}

/** Aliases are refused: a few of them can expand to gigabytes. */
export function parseSettings(text: string, file: string): SettingsDocument | SettingsFault {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [fault] = document.errors;
  if (fault) {
    const { line } = lines.linePos(fault.pos[0]);
    return { file, line, path: [], why: fault.message.split('\n')[0]! };
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: 0 }) ?? {};
    return { value, lineOf: (path) => lineOf(document, lines, path) };
  } catch (error) {
    return { file, line: 1, path: [], why: (error as Error).message };
  }
}

/** The first thing that is wrong, with its whole path. */
export function firstIssue(error: z.core.$ZodError): { path: Path; why: string } {
  const issue = error.issues[0]!;
  const path: PropertyKey[] = [...issue.path];
  if (issue.code !== 'unrecognized_keys') return { path, why: issue.message };
  return { path: [...path, issue.keys[0]!], why: 'unknown key' };
}

export function faultOf(
  error: z.core.$ZodError,
  at: Path,
  file: string,
  document: SettingsDocument,
): SettingsFault {
  const issue = firstIssue(error);
  const path = [...at, ...issue.path];
  const { why } = issue;
  return { file, line: document.lineOf(path), path, why };
}
