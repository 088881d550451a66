import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Peer } from './peers.js';

/** What a container of the app prints. */
export const APP_OUTPUT = 'one\ntwo\n';
/** The command of the app. */
export const APP_COMMAND = ['/bin/busybox', 'cat', '/one', '/two'] as const;

export interface AppFiles {
  /** A root directory with busybox and a shell, and a tar of it. */
  readonly root: string;
  readonly rootTar: string;
  /** A directory with the app's own files and a Dockerfile that puts them on `base:1`. */
  readonly context: string;
}

/** Writes the files from which engines build a small image. */
export async function appFiles(busybox: Peer, directory: string, base: string): Promise<AppFiles> {
  const root = path.join(directory, 'root');
  const context = path.join(directory, 'context');
  await mkdir(path.join(root, 'bin'), { recursive: true });
  await copyFile(busybox.path, path.join(root, 'bin/busybox'));
  await symlink('busybox', path.join(root, 'bin/sh'));
  const rootTar = path.join(directory, 'root.tar');
  execFileSync('tar', ['-C', root, '-cf', rootTar, '.']);
  await mkdir(context);
  await writeFile(path.join(context, 'one'), 'one\n');
  await writeFile(path.join(context, 'two'), 'two\n');
  await writeFile(
    path.join(context, 'Dockerfile'),
    `FROM ${base}\nCOPY one /one\nENV TWO=2\nCOPY two /two\nCMD ${JSON.stringify(APP_COMMAND)}\n`,
  );
  return { root, rootTar, context };
}
