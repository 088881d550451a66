import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileSystemError } from '../../internal/files/open-file.js';
import type { Cli } from '../context/cli.js';
import { UsageError } from '../terminal/exit-code.js';

/** Cap on a document or file that is edited. */
export const MAX_EDIT_BYTES = 64 * 1024 * 1024;

/**
 * Opens bytes in the user's editor, and passes what was saved to `take`. The text is in a temporary file that only the user
 * can read. If `take` fails, the file is kept, so that no work is lost, and a message names it.
 *
 * @param suffix - the end of the name of the file, by which an editor chooses its mode
 */
export async function editInEditor<T>(
  cli: Cli,
  content: Uint8Array,
  suffix: string,
  take: (edited: Buffer) => Promise<T>,
): Promise<T> {
  const directory = await inFileSystem(tmpdir(), async () => mkdtemp(path.join(tmpdir(), 'gantry-edit-')));
  const file = path.join(directory, `edit${suffix}`);
  const state = { isKept: false };
  try {
    await inFileSystem(file, async () => writeFile(file, content, { mode: 0o600, flag: 'wx' }));
    await runEditor(cli, file);
    const edited = await inFileSystem(file, async () => readFile(file));
    if (edited.byteLength > MAX_EDIT_BYTES)
      throw new UsageError(`the file has more than ${MAX_EDIT_BYTES} bytes`);
    try {
      return await take(edited);
    } catch (error) {
      state.isKept = true;
      cli.warn(`nothing was pushed; your text is kept in ${file}`);
      throw error;
    }
  } finally {
    if (!state.isKept) await rm(directory, { recursive: true, force: true });
  }
}

async function inFileSystem<T>(file: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw fileSystemError('edit', file, error);
  }
}

/** The editor of the environment. As in git, it may have arguments. */
function editorOf({ VISUAL = '', EDITOR = '' }: Cli['io']['env']): string {
  const [editor] = [VISUAL, EDITOR].filter((text) => text.trim() !== '');
  return editor ?? (process.platform === 'win32' ? 'notepad' : 'vi');
}

async function runEditor({ io, columns }: Cli, file: string): Promise<void> {
  const editor = editorOf(io.env);
  // A shell splits the command into words, so that quotes in it mean what they mean everywhere.
  const [program, args]: readonly [string, readonly string[]] =
    process.platform === 'win32'
      ? [`${editor} "${file}"`, []]
      : ['/bin/sh', ['-c', `${editor} "$@"`, editor, file]];
  const code = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    const child = spawn(program, args, {
      // The data of the command may go into a pipe, so the editor draws where the messages go.
      stdio: ['inherit', columns === undefined ? 2 : 'inherit', 'inherit'],
      shell: process.platform === 'win32',
      env: { ...process.env, ...io.env },
      signal: io.signal,
    });
    child.once('error', reject);
    child.once('close', (status, signal) => {
      resolve(status ?? signal);
    });
  });
  if (code === 0) return;
  throw new UsageError(
    code === 127
      ? `the editor ${JSON.stringify(editor)} was not found`
      : `the editor ended with ${String(code)}`,
    'set EDITOR to a program that edits files; nothing was pushed',
  );
}
