import { ManifestInvalidError } from '../../errors/invalid/manifest.js';
import { compactJson, indentJson } from '../../internal/json/json-layout.js';
import { findJsonError } from '../../internal/json/error-position.js';
import { isJsonObject } from '../../internal/json/json-object.js';
import type { Cli } from '../context/cli.js';
import { readBytes } from '../arguments/read-text.js';
import { editInEditor, MAX_EDIT_BYTES } from './editor.js';

/** Whether a person is at the terminal. Otherwise, standard input has the new content. */
export function isInteractive({ io }: Cli): boolean {
  return (io.stdin as { readonly isTTY?: boolean }).isTTY === true;
}

/** The new content from standard input. */
export async function contentFromStdin({ io }: Cli): Promise<Buffer> {
  return readBytes(io.stdin, MAX_EDIT_BYTES, io.signal);
}

/**
 * Lets the user edit a JSON document, or reads it from standard input. A document on one line is indented for the editor,
 * and written on one line again, with everything but the blanks as it was. `push` is called only for a document that has
 * changed and that is JSON.
 */
export async function editDocument<T>(
  cli: Cli,
  subject: string,
  raw: Uint8Array,
  push: (edited: Uint8Array) => Promise<T>,
): Promise<T | undefined> {
  if (!isInteractive(cli)) {
    const edited = await contentFromStdin(cli);
    assertJson(edited.toString(), subject);
    return edited.equals(raw) ? undefined : push(edited);
  }
  const text = Buffer.from(raw).toString();
  const isOneLine = !text.trim().includes('\n');
  const shown = Buffer.from(isOneLine ? indentJson(text) : text);
  return editInEditor(cli, shown, '.json', async (edited) => {
    const now = edited.toString();
    if (now === shown.toString()) return undefined;
    assertJson(now, subject);
    if (compactJson(now) === compactJson(text)) return undefined;
    return push(isOneLine ? Buffer.from(compactJson(now)) : edited);
  });
}

/** @throws ManifestInvalidError with the line and column of the mistake */
function assertJson(text: string, subject: string): void {
  const place = findJsonError(text);
  if (place !== undefined) {
    throw new ManifestInvalidError(
      `the ${subject} is not JSON from line ${place.line}, column ${place.column} on`,
      { hint: text.trim() === '' ? 'standard input or the file is empty' : undefined },
    );
  }
  if (!isJsonObject(JSON.parse(text))) throw new ManifestInvalidError(`the ${subject} is not a JSON object`);
}
