import { existsSync } from 'node:fs';
import path from 'node:path';
import { isDirectory } from '../../build/contexts/build-context.js';
import type { BuildOptions } from '../../build/options/build-options.js';
import type { Input } from '../terminal/io.js';
import { UsageError } from '../terminal/exit-code.js';
import { readDockerfile, stdinContext } from './stdin-context.js';

/** The options of a build that say which files it reads. */
export type BuildFiles = Pick<BuildOptions, 'context' | 'dockerfile'>;

const STDIN = '-';

/**
 * Checks the context and `--file` of a build. The function that it returns reads stdin, if one of them is `-`.
 *
 * @throws UsageError if they do not fit together
 */
export function buildFiles(
  { stdin, signal }: Input,
  context: string,
  file: string | undefined,
): () => Promise<BuildFiles> {
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/.test(context)) {
    throw new UsageError(
      `the context ${context} is a URL, which this builder does not read`,
      'download it first; `-` as the context reads a tar from stdin',
    );
  }
  if (context === STDIN && file === STDIN)
    throw new UsageError('stdin cannot be both the context and the Dockerfile');
  if (file === STDIN)
    return async () => ({ context, dockerfile: { text: await readDockerfile(stdin, signal) } });
  if (context !== STDIN) return async () => ({ context, dockerfile: await fileIn(context, file) });
  return async () => {
    const found = await stdinContext(stdin, signal);
    if (found.kind === 'tar') return { context: found.stream, dockerfile: file };
    if (file === undefined) return { dockerfile: { text: found.text } };
    throw new UsageError('stdin is not a tar, so it is the Dockerfile', 'leave out --file');
  };
}

/**
 * The Dockerfile as an option of the library. As with docker, `--file` is relative to the working directory; if that file
 * does not exist, it is relative to the context, as with buildah and kaniko. In a tar, it is always relative to the context.
 */
async function fileIn(context: string, file: string | undefined): Promise<string | undefined> {
  if (file === undefined || path.relative('.', context) === '') return file;
  return existsSync(file) && (await isDirectory(context)) ? path.resolve(file) : file;
}
