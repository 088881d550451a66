import { stat } from 'node:fs/promises';
import path from 'node:path';
import { NotFoundError } from '../../errors/service/not-found.js';
import { ignoreRules, linesOf } from '../../tree/ignore-rules.js';
import { readContent } from '../../tree/layers/load-contents.js';
import { FileTree } from '../../tree/nodes/file-tree.js';
import type { SourceDirectory, Timestamp } from '../../tree/nodes/node.js';
import { FileProblem } from '../../tree/nodes/problem.js';
import { resolvePath } from '../../tree/nodes/resolve.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import type { BuildOptions } from '../options/build-options.js';
import type { WorkDirectory } from '../options/work-directory.js';
import { contextArchive } from './context-archive.js';
import { contextDirectory } from './context-directory.js';
import { MAX_TEXT_BYTES, readText } from './read-text.js';

/** The files of a build, and its Dockerfile. */
export interface BuildContext {
  readonly files: SourceDirectory;
  /** The text of the Dockerfile. */
  readonly text: string;
  /** The name of the Dockerfile in messages. */
  readonly file: string;
}

/** What contexts are opened with. */
export interface ContextScope {
  readonly work: () => Promise<WorkDirectory>;
  /** The time of a context that is a directory. */
  readonly now: Timestamp;
}

const DEFAULT_DOCKERFILE = 'Dockerfile';

/**
 * Opens the context of a build and reads the Dockerfile. Of a directory, only the Dockerfile and the ignore rules are read
 * now: `<Dockerfile>.dockerignore` if it exists, else `.dockerignore`.
 *
 * @throws NotFoundError if the Dockerfile does not exist
 */
export async function openContext(
  { context, dockerfile = DEFAULT_DOCKERFILE, signal }: BuildOptions,
  { work, now }: ContextScope,
): Promise<BuildContext> {
  if (typeof context === 'string' && (await isDirectory(context)))
    return openDirectory(context, dockerfile, { now, signal });
  const files =
    context === undefined ? FileTree.empty().root : await contextArchive(context, await work(), { signal });
  if (typeof dockerfile !== 'string') return { files, text: dockerfile.text, file: DEFAULT_DOCKERFILE };
  const text =
    context === undefined
      ? await readText(dockerfile, { signal })
      : await readFromTree(files, dockerfile, { signal });
  if (text !== undefined) return { files, text, file: dockerfile };
  throw missing(dockerfile, context === undefined ? '' : ' in the context');
}

async function openDirectory(
  directory: string,
  dockerfile: NonNullable<BuildOptions['dockerfile']>,
  options: AbortOptions & Pick<ContextScope, 'now'>,
): Promise<BuildContext> {
  if (typeof dockerfile !== 'string') {
    const files = await directoryFiles(directory, options);
    return { files, text: dockerfile.text, file: DEFAULT_DOCKERFILE };
  }
  const file = path.resolve(directory, dockerfile);
  const text = await readText(file, options);
  if (text === undefined) throw missing(dockerfile, ` in ${directory}`);
  const rules = await readText(`${file}.dockerignore`, options);
  return { files: await directoryFiles(directory, options, rules), text, file: dockerfile };
}

/** The files of a directory, without those that `rules`, or else its `.dockerignore`, leave out. */
export async function directoryFiles(
  directory: string,
  options: AbortOptions & Pick<ContextScope, 'now'>,
  rules?: string,
): Promise<SourceDirectory> {
  const lines = rules ?? (await readText(path.join(directory, '.dockerignore'), options)) ?? '';
  return contextDirectory(path.resolve(directory), ignoreRules(linesOf(lines)), options.now);
}

function missing(file: string, where: string): NotFoundError {
  return new NotFoundError(`the Dockerfile ${JSON.stringify(file)} does not exist${where}`, {
    hint: 'name another file with `dockerfile`',
  });
}

export async function isDirectory(file: string): Promise<boolean> {
  try {
    return (await stat(file)).isDirectory();
  } catch (error) {
    throw fileSystemError('read', file, error);
  }
}

async function readFromTree(
  files: SourceDirectory,
  file: string,
  options: AbortOptions,
): Promise<string | undefined> {
  const { node } = await resolvePath(files, file, options).catch((error: unknown) => {
    if (error instanceof FileProblem)
      throw new NotFoundError(`the Dockerfile ${JSON.stringify(file)} does not exist in the context`, {
        cause: error,
      });
    throw error;
  });
  if (node?.type !== 'file' || node.content === undefined) return undefined;
  const bytes = await readContent(node.content, { ...options, maxBytes: MAX_TEXT_BYTES, subject: file });
  return Buffer.from(bytes).toString();
}
