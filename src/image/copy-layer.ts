import path from 'node:path';
import { NotFoundError } from '../errors/service/not-found.js';
import { FileSystemError } from '../errors/file-system.js';
import { type FileLayerOptions, filesLayer } from '../crane/files/files-layer.js';
import type { FileEntry } from '../crane/files/file-entry.js';
import { ignoreLinesOf, rootOf } from '../crane/files/layer-from-directory.js';
import { foundFile, walkFiles } from '../crane/files/walk-files.js';
import type { FileOnDisk, FileToWrite, StoredBytes } from '../crane/files/write-files.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { archivePath, ROOT } from '../mutate/merge/archive-path.js';
import type { LayerCompressionOptions } from '../partial/layers/layer-compression.js';
import { ignoreRules } from '../tree/ignore-rules.js';
import { compareBytes } from '../tree/nodes/node.js';
import type { Layer } from '../v1/layer.js';
import type { CopyEntry } from './entries.js';

/** The content of a file that is given to a build, in a form that can be read again. */
export type KeptContent = Uint8Array | StoredBytes;

/** A copy whose streams are kept, and whose target is known. */
export interface CopyPlan {
  readonly entry: CopyEntry;
  /** The contents by path, or undefined if the files are on this machine. */
  readonly contents: ReadonlyMap<string, KeptContent> | undefined;
  /** The absolute path in the image. A slash at the end means a directory. */
  readonly target: string;
}

/**
 * The layer of one entry of `copy`. It has no entries for the directories above its files: runtimes create those that do not
 * exist, and a link that the base has in their place keeps its meaning.
 */
export function copyLayer(plan: CopyPlan, compress: LayerCompressionOptions): Layer {
  const { owner, time, mode } = plan.entry;
  const options: FileLayerOptions = {
    ...compress,
    ...{ owner, time },
    mode: mode === 'keep' || mode === 'portable' ? mode : 'portable',
    ...(typeof mode === 'number' && { entry: withMode(mode) }),
  };
  return filesLayer(
    (callOptions) =>
      plan.contents === undefined ? diskFiles(plan, callOptions) : contentFiles(plan, plan.contents),
    options,
  );
}

/** As chmod does with `X`, a directory that can be read can be entered, too. */
function withMode(mode: number): (entry: FileEntry) => FileEntry {
  return (entry) => {
    if (entry.type === 'symlink') return entry;
    return { ...entry, mode: entry.type === 'directory' ? mode | ((mode & 0o444) >> 2) : mode };
  };
}

async function* contentFiles(
  { target }: CopyPlan,
  contents: ReadonlyMap<string, KeptContent>,
): AsyncGenerator<FileToWrite, undefined> {
  for (const [name, from] of contents) yield { path: below(target, name), from };
  return undefined;
}

/** The paths of contents as they are in the image, in the order of a layer. */
export function contentPaths(names: Iterable<string>, target: string, argument: string): readonly string[] {
  const paths = new Map<string, string>();
  for (const name of names) {
    const inside = below(target, name);
    if (inside === ROOT)
      throw new TypeError(`\`${argument}\`: ${JSON.stringify(name)} is not the path of a file`);
    const other = paths.get(inside);
    if (other !== undefined)
      throw new TypeError(
        `\`${argument}\`: ${JSON.stringify(other)} and ${JSON.stringify(name)} are the same path`,
      );
    paths.set(inside, name);
  }
  return [...paths]
    .sort(([a], [b]) => compareBytes(a.replaceAll('/', '\0'), b.replaceAll('/', '\0')))
    .map(([, name]) => name);
}

function below(target: string, name: string): string {
  const directory = archivePath(target);
  const inside = archivePath(name);
  return directory === ROOT ? inside : `${directory}/${inside}`;
}

async function* diskFiles(
  { entry, target }: CopyPlan,
  { signal }: AbortOptions,
): AsyncGenerator<FileToWrite, undefined> {
  const source = entry.from as string;
  const found = await topFile(source);
  if (!found.stats.isDirectory()) {
    const name = path.basename(path.resolve(source));
    yield { path: target.endsWith('/') ? below(target, name) : archivePath(target), from: found };
    return undefined;
  }
  const { include, exclude = [], ignoreFile, owner, followLinks } = entry;
  const included = include === undefined ? [] : ['**', ...include.map((pattern) => `!${pattern}`)];
  const ignored = await ignoreLinesOf(source, ignoreFile, { signal });
  const rules = ignoreRules([...included, ...ignored, ...exclude]);
  if (owner !== undefined && archivePath(target) !== ROOT)
    yield { path: archivePath(target), from: await rootOf(source) };
  for await (const { path: inside, ...from } of walkFiles(source, rules, { signal, followLinks }))
    yield { path: below(target, inside), from };
  return undefined;
}

async function topFile(source: string): Promise<FileOnDisk> {
  try {
    return await foundFile(source);
  } catch (error) {
    if (!(error instanceof FileSystemError) || error.systemCode !== 'ENOENT') throw error;
    throw new NotFoundError(`copy: the file ${JSON.stringify(source)} does not exist`, {
      cause: error,
      hint: /[*?]/.test(source)
        ? 'name a directory with `from`, and a pattern with `include`'
        : `paths start in the current directory, ${process.cwd()}`,
    });
  }
}
