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
  /** Whether the layer gets an entry for a directory above its files, because no lower layer can have it. */
  isNew(directory: string): boolean;
}

/**
 * The layer of one entry of `copy`. Above a base, it has no entries for the directories above its files: runtimes create those
 * that do not exist, and a link that the base has in their place keeps its meaning. Without a base it has them, because
 * Docker before version 23 creates such directories so that only root can enter them.
 */
export function copyLayer(plan: CopyPlan, compress: LayerCompressionOptions): Layer {
  const { owner, time, mode } = plan.entry;
  const parents = new Set<string>();
  const entryOf = typeof mode === 'number' ? withMode(mode) : undefined;
  const options: FileLayerOptions = {
    ...compress,
    ...{ owner, time },
    mode: mode === 'keep' || mode === 'portable' ? mode : 'portable',
    entry: (entry) =>
      parents.has(entry.path) ? { ...entry, ...PARENT } : entryOf === undefined ? entry : entryOf(entry),
  };
  return filesLayer(async function* (callOptions): AsyncGenerator<FileToWrite, undefined> {
    const files =
      plan.contents === undefined ? diskFiles(plan, callOptions) : contentFiles(plan, plan.contents);
    parents.clear();
    const known = new Set<string>();
    for await (const file of files) {
      known.add(file.path);
      for (const path of directoriesAbove(file.path)) {
        if (known.has(path)) continue;
        known.add(path);
        if (!plan.isNew(path)) continue;
        parents.add(path);
        yield { path, from: new Uint8Array() };
      }
      yield file;
    }
    return undefined;
  }, options);
}

const PARENT = { type: 'directory', mode: 0o755, uid: 0, gid: 0 } as const;

function directoriesAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'));
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
