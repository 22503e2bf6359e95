// Writes the `screen` part of a settings file on `W`; the rest of the file stays as it is.
import { mkdirSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseDocument } from 'yaml';
import type { ScreenSettings } from '../core/options/schema.js';

/** The whole file with its `screen` part replaced; comments and other parts stay. */
export function withScreenSettings(source: string, settings: ScreenSettings): string {
  const document = parseDocument(source);
  if (document.errors.length > 0) throw new Error('the file has errors; fix them first');
  document.set('screen', document.createNode(settings));
  return document.toString();
}

/** Where a link points: dotfiles often are links, and a renamed file would replace the link by a copy. */
function behindLinks(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return file;
    throw error;
  }
}

export function saveScreenSettings(file: string, settings: ScreenSettings): void {
  const target = behindLinks(file);
  let source = '';
  try {
    source = readFileSync(target, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const next = withScreenSettings(source, settings);
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  // Written beside and renamed: a full disk leaves the old file intact.
  const beside = `${target}.${process.pid}`;
  writeFileSync(beside, next, { mode: 0o600 });
  renameSync(beside, target);
}

const forbidden = new Set(['EACCES', 'EPERM']);

/**
 * Why settings could not be written, for people. Root that has dropped to another user is the case worth words: no descriptor is kept open
 * for it (docs/decisions/screen.md).
 */
export function whyNotSaved(file: string, error: unknown, startedAs: number, now: number): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || !forbidden.has(code)) return message;
  if (startedAs === now) return `${file} may not be written by user ${now}`;
  return `user ${now}, to whom this run has dropped its privileges, may not write ${file}; start it with sudo from your own account, or with --keep-privileges`;
}
