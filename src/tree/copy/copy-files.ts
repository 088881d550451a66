import type { AbortOptions } from '../../internal/async/abort.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import type { IgnoreMatch, IgnoreRules } from '../ignore-rules.js';
import { directory, type FileTree } from '../nodes/file-tree.js';
import {
  entriesOf,
  type LeafNode,
  type Metadata,
  sortedNames,
  type SourceDirectory,
  type SourceNode,
  type Timestamp,
} from '../nodes/node.js';
import { FileProblem } from '../nodes/problem.js';
import { partsOf, resolvePath } from '../nodes/resolve.js';
import type { ModeChange } from './mode.js';

/** How files are copied into a tree. */
export interface CopyOptions extends AbortOptions {
  /** The owner of all copies. @default the owner of each file */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  readonly mode?: ModeChange | undefined;
  /** Only these paths below the source are copied. */
  readonly include?: IgnoreRules | undefined;
  /** These paths below the source are not copied. */
  readonly exclude?: IgnoreRules | undefined;
  /** The time of directories that are created. */
  readonly now: Timestamp;
}

const DIRECTORY_MODE = 0o755;

/**
 * Copies a file, or the content of a directory, into a tree, with the rules of BuildKit:
 *
 * - A symbolic link at the source is followed, within the root of the source. Links below it are copied.
 * - The symbolic links of the destination are followed, within the root of the tree. Missing directories are created.
 * - A file is put into an existing directory. Directories are merged: one at the top keeps its metadata, but gets the
 *   time of the source; those below get the metadata of the source.
 * - Names of one file become hard links of one copy.
 *
 * @throws FileProblem if the source does not exist, or a file would replace a directory or the reverse
 * @see https://github.com/tonistiigi/fsutil/blob/master/copy/copy.go
 */
export async function copyFiles(
  source: SourceDirectory,
  path: string,
  tree: FileTree,
  destination: string,
  options: CopyOptions,
): Promise<void> {
  const { signal } = options;
  const from = await resolvePath(source, path, { signal });
  const copier = new Copier(tree, options);
  const target = await copier.prepareDestination(destination);
  if (from.node === undefined) throw new FileProblem('not-found', `${displayed(path)} does not exist`);
  const existing = tree.get(target);
  const isInside = from.node.type !== 'directory' && existing?.type === 'directory';
  const place = isInside ? [...target, partsOf(path).at(-1) ?? ''] : target;
  const needed = from.node.type === 'directory' && existing === undefined ? place : place.slice(0, -1);
  copier.createParents(needed);
  await copier.copyTop(from.node, place);
}

/** A path as it is shown in messages. */
function displayed(path: string): string {
  return `/${partsOf(path).join('/')}`;
}

/** A directory of the source that is not created before something in it is copied. */
interface PendingDirectory {
  readonly source: SourceDirectory;
  readonly parts: readonly string[];
  isCopied: boolean;
}

class Copier {
  readonly #tree: FileTree;
  readonly #options: CopyOptions;
  /** The copies of the files that were copied, so that other names of a file become links. */
  readonly #copies = new Map<LeafNode, LeafNode>();
  readonly #parents: PendingDirectory[] = [];

  constructor(tree: FileTree, options: CopyOptions) {
    this.#tree = tree;
    this.#options = options;
  }

  /** Creates the directory that a destination names, or the one that contains it; returns the path without links. */
  async prepareDestination(destination: string): Promise<readonly string[]> {
    const { signal } = this.#options;
    const isDirectory = /(?:^|\/)\.?$/.test(destination);
    const needed = isDirectory ? destination : destination.slice(0, destination.lastIndexOf('/') + 1);
    this.createParents((await resolvePath(this.#tree.view, needed, { signal })).parts);
    return (await resolvePath(this.#tree.view, destination, { signal })).parts;
  }

  createParents(parts: readonly string[]): void {
    const { mode, owner = ROOT, now } = this.#options;
    // As in BuildKit, an octal mode counts for created directories, without its set-ID bits.
    const permissions = (mode?.octal ?? DIRECTORY_MODE) & 0o777;
    this.#tree.makeDirectories(parts, { ...owner, mode: permissions }, now);
  }

  /** Copies the source itself. The patterns apply only to paths below it. */
  async copyTop(node: SourceNode, parts: readonly string[]): Promise<void> {
    if (node.type !== 'directory') {
      this.#copyLeaf(node, parts);
      return;
    }
    const isNew = this.#createDirectory(node, parts);
    await this.#copyEntries(node, parts, '', { isCopied: true });
    const existing = this.#tree.get(parts);
    if (existing === undefined) return;
    this.#tree.setMetadata(
      parts,
      isNew ? this.#metadataOf(node) : { ...metadata(existing), modified: node.modified },
    );
  }

  async #copyEntries(
    source: SourceDirectory,
    parts: readonly string[],
    path: string,
    {
      isCopied,
      include,
      exclude,
    }: { readonly isCopied: boolean; readonly include?: IgnoreMatch; readonly exclude?: IgnoreMatch },
  ): Promise<void> {
    this.#parents.push({ source, parts, isCopied });
    const entries = await entriesOf(source, this.#options);
    for (const name of sortedNames(entries)) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      this.#options.signal?.throwIfAborted();
      const child = entries.get(name);
      const childPath = path === '' ? name : `${path}/${name}`;
      if (child !== undefined) await this.#copyEntry(child, [...parts, name], childPath, include, exclude);
    }
    this.#parents.pop();
  }

  async #copyEntry(
    node: SourceNode,
    parts: readonly string[],
    path: string,
    parentInclude: IgnoreMatch | undefined,
    parentExclude: IgnoreMatch | undefined,
  ): Promise<void> {
    const include = this.#options.include?.match(path, parentInclude);
    const exclude = this.#options.exclude?.match(path, parentExclude);
    const isWanted = include?.isIgnored !== false && exclude?.isIgnored !== true;
    if (node.type !== 'directory') {
      if (!isWanted) return;
      this.#createPending();
      this.#copyLeaf(node, parts);
      return;
    }
    // Nothing in the directory can match, so it need not be read.
    if (exclude?.isIgnored === true && !exclude.mayHoldOthers) return;
    if (include?.isIgnored === false && !include.mayHoldMatches) return;
    if (isWanted) {
      this.#createPending();
      this.#createDirectory(node, parts);
    }
    await this.#copyEntries(node, parts, path, {
      isCopied: isWanted,
      ...(include && { include }),
      ...(exclude && { exclude }),
    });
    if (isWanted) this.#tree.setMetadata(parts, this.#metadataOf(node));
  }

  /** Creates the directories above a path that is copied, if the patterns did not match them. */
  #createPending(): void {
    for (const parent of this.#parents) {
      if (parent.isCopied) continue;
      if (this.#createDirectory(parent.source, parent.parts))
        this.#tree.setMetadata(parent.parts, this.#metadataOf(parent.source));
      parent.isCopied = true;
    }
  }

  /** Whether the directory did not exist before. */
  #createDirectory(source: SourceDirectory, parts: readonly string[]): boolean {
    const existing = this.#tree.get(parts);
    if (existing === undefined) {
      this.#tree.set(parts, directory(this.#metadataOf(source)), this.#options.now);
      return true;
    }
    if (existing.type === 'directory') return false;
    throw new FileProblem(
      'not-directory',
      `cannot copy a directory to /${parts.join('/')}, which is not a directory`,
    );
  }

  #copyLeaf(node: LeafNode, parts: readonly string[]): void {
    const existing = this.#tree.get(parts);
    if (existing?.type === 'directory')
      throw new FileProblem('is-directory', `cannot replace the directory /${parts.join('/')} with a file`);
    const copy = this.#copies.get(node) ?? { ...node, ...this.#metadataOf(node) };
    if (node.type === 'file') this.#copies.set(node, copy);
    this.#tree.set(parts, copy, this.#options.now);
  }

  #metadataOf(node: SourceNode): Metadata {
    const { owner, mode } = this.#options;
    const from = metadata(node);
    return {
      ...from,
      ...owner,
      mode:
        mode === undefined || node.type === 'symlink'
          ? from.mode
          : mode.apply(from.mode, node.type === 'directory'),
    };
  }
}

const ROOT = { uid: 0, gid: 0 };

function metadata({ mode, uid, gid, modified, attributes }: Metadata): Metadata {
  return { mode, uid, gid, modified, attributes };
}
