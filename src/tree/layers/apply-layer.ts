import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import { readTar, type TarEntry } from '../../internal/tar/reader.js';
import type { TarHeader } from '../../internal/tar/format/header.js';
import { archivePath, isMetadata, type Marker, markerOf, ROOT } from '../../mutate/merge/archive-path.js';
import type { Layer } from '../../v1/layer.js';
import type { FileTree } from '../nodes/file-tree.js';
import { directory } from '../nodes/file-tree.js';
import {
  bytesContent,
  type Content,
  leaf,
  type LeafType,
  type Metadata,
  type TreeDirectory,
  type TreeNode,
} from '../nodes/node.js';
import { FileProblem } from '../nodes/problem.js';
import { resolvePath } from '../nodes/resolve.js';
import { EntryBudget } from './entry-budget.js';
import { type SpoolDirectory, TarContents } from './tar-contents.js';

/** Paths whose content is kept while a layer is read, because the names of users and groups are looked up there. */
const KEPT: ReadonlySet<string> = new Set(['etc/passwd', 'etc/group']);
const MAX_KEPT_BYTES = 1024 * 1024;

/** An entry of a layer or another tar. */
export interface LayerEntry {
  readonly path: string;
  readonly header: TarHeader;
  readonly content: Content | undefined;
}

/** The entries of a layer, in the order of its tar. */
export type LayerEntries = readonly LayerEntry[];

/**
 * Reads the entries of a layer, without keeping their contents. `spools` is for the files that are needed later.
 *
 * @throws ArchiveInvalidError if the layer is not a tar
 * @throws LimitExceededError if its headers would need too much memory
 */
export async function readLayer(
  layer: Layer,
  { spools, signal }: AbortOptions & { readonly spools: SpoolDirectory },
): Promise<LayerEntries> {
  const contents = new TarContents(async (options) => layer.uncompressed(options), spools);
  const budget = new EntryBudget('layer');
  const entries: LayerEntry[] = [];
  let position = 0;
  for await (const entry of readTar(await layer.uncompressed({ signal }), { signal })) {
    const { header } = entry;
    budget.add(header);
    const path = archivePath(header.name);
    entries.push({ path, header, content: await contentOf(entry, path, contents, position) });
    position += 1;
  }
  return entries;
}

async function contentOf(
  entry: TarEntry,
  path: string,
  contents: TarContents,
  position: number,
): Promise<Content | undefined> {
  const { type, size } = entry.header;
  if (type !== 'file') return undefined;
  if (KEPT.has(path) && size <= MAX_KEPT_BYTES) return bytesContent(await entry.bytes());
  return contents.content(position, size);
}

/**
 * Applies a layer to a tree, as runtimes do: whiteouts hide only what the lower layers have, and symbolic links in the
 * path of an entry are followed within the root. Metadata of AUFS is not visible, but hard links may lead to it.
 *
 * @throws ArchiveInvalidError if an entry cannot exist at its path
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md
 */
export async function applyLayer(
  tree: FileTree,
  entries: LayerEntries,
  options: AbortOptions,
): Promise<void> {
  await hideLower(tree, entries, options);
  const visible = entries.filter(({ path }) => markerOf(path) === undefined && !isMetadata(path));
  const hidden = new Map<string, TreeNode>();
  for (const { path, header, content } of entries) {
    const node = isMetadata(path) ? leafOf(header, content) : undefined;
    if (node !== undefined) hidden.set(path, node);
  }
  await putEntries(tree, visible, hidden, options);
}

/**
 * Puts the entries of a tar into a tree, in their order. Names that mark deletions have no special meaning.
 *
 * @throws ArchiveInvalidError if an entry cannot exist at its path
 */
export async function applyEntries(
  tree: FileTree,
  entries: LayerEntries,
  options: AbortOptions,
): Promise<void> {
  await putEntries(tree, entries, new Map(), options);
}

async function putEntries(
  tree: FileTree,
  entries: LayerEntries,
  hidden: ReadonlyMap<string, TreeNode>,
  options: AbortOptions,
): Promise<void> {
  for (const entry of entries) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    options.signal?.throwIfAborted();
    try {
      await putEntry(tree, entry, hidden, options);
    } catch (error) {
      throw invalidEntry(error, entry);
    }
  }
}

async function putEntry(
  tree: FileTree,
  { path: name, header, content }: LayerEntry,
  hidden: ReadonlyMap<string, TreeNode>,
  options: AbortOptions,
): Promise<void> {
  const path = archivePath(name);
  const parts = await placeOf(tree, path, options);
  if (header.type === 'directory') setDirectory(tree, parts, header);
  else {
    const node =
      header.type === 'link'
        ? await linkedNode(tree, path, header, hidden, options)
        : leafOf(header, content);
    if (node !== undefined) tree.set(parts, node);
  }
}

function invalidEntry(error: unknown, { path }: LayerEntry): unknown {
  if (!(error instanceof FileProblem)) return error;
  return new ArchiveInvalidError(`layer: the entry ${JSON.stringify(path)} is invalid: ${error.message}`, {
    cause: error,
  });
}

async function hideLower(tree: FileTree, entries: LayerEntries, options: AbortOptions): Promise<void> {
  const directories = new Set(
    entries.filter(({ header }) => header.type === 'directory').map(({ path }) => path),
  );
  for (const entry of entries) {
    const marker = markerOf(entry.path);
    if (marker === undefined) continue;
    const due = eventLoopDue();
    if (due !== undefined) await due;
    options.signal?.throwIfAborted();
    try {
      if (!isBelowReplacedLink(tree.view, marker, directories)) await hide(tree, marker, options);
    } catch (error) {
      // Nothing can be hidden below a file.
      if (!(error instanceof FileProblem) || error.kind !== 'not-directory') throw invalidEntry(error, entry);
    }
  }
}

async function hide(tree: FileTree, { kind, path }: Marker, options: AbortOptions): Promise<void> {
  const followLast = kind === 'opaque';
  const { parts, node } = await resolvePath(tree.view, path, { ...options, followLast });
  if (node === undefined) return;
  if (kind === 'whiteout') tree.remove(parts);
  else if (node.type === 'directory') tree.set(parts, directory(node));
}

/**
 * Whether a marker lies below a symbolic link that the layer replaces by a directory. Then it hides nothing: without this
 * check, it would hide files where the link leads.
 */
function isBelowReplacedLink(
  root: TreeDirectory,
  { kind, path }: Marker,
  directories: ReadonlySet<string>,
): boolean {
  let node: TreeNode | undefined = root;
  for (let end = 0; end < path.length; end += 1) {
    const start = end;
    const slash = path.indexOf('/', start);
    end = slash === -1 ? path.length : slash;
    if (node?.type !== 'directory' || (kind === 'whiteout' && slash === -1)) return false;
    node = node.entries.get(path.slice(start, end));
    if (node?.type === 'symlink') return directories.has(path.slice(0, end));
  }
  return false;
}

/** The path of an entry without symbolic links. Directories that the layer does not have are created. */
async function placeOf(tree: FileTree, path: string, options: AbortOptions): Promise<readonly string[]> {
  const parts = path === ROOT ? [] : path.split('/');
  // Most entries follow an entry for their directory, so this lookup is the fast way.
  if (parts.length <= 1 || tree.get(parts.slice(0, -1))?.type === 'directory') return parts;
  const parent = await resolvePath(tree.view, parts.slice(0, -1).join('/'), options);
  tree.makeDirectories(parent.parts, { mode: 0o755, uid: 0, gid: 0 }, { seconds: 0, nanoseconds: 0 });
  return [...parent.parts, ...parts.slice(-1)];
}

function setDirectory(tree: FileTree, parts: readonly string[], header: TarHeader): void {
  if (tree.get(parts)?.type === 'directory') tree.setMetadata(parts, metadataOf(header));
  else tree.set(parts, directory(metadataOf(header)));
}

async function linkedNode(
  tree: FileTree,
  path: string,
  header: TarHeader,
  hidden: ReadonlyMap<string, TreeNode>,
  options: AbortOptions,
): Promise<TreeNode> {
  const target = archivePath(header.linkName);
  const { parts } = await resolvePath(tree.view, target, { ...options, followLast: false });
  const node = hidden.get(target) ?? tree.get(parts);
  if (node !== undefined && node.type !== 'directory') return node;
  const problem = node === undefined ? 'does not exist' : 'is a directory';
  throw new ArchiveInvalidError(
    `layer: ${JSON.stringify(path)} is a hard link to ${JSON.stringify(header.linkName)}, which ${problem}`,
  );
}

/** The node of an entry that is not a directory and not a hard link; undefined for a kind that no file system has. */
export function leafOf(header: TarHeader, content: Content | undefined): TreeNode | undefined {
  const type: LeafType | undefined = LEAF_TYPES.find((known) => known === header.type);
  if (type === undefined) return undefined;
  const { linkName, deviceMajor, deviceMinor } = header;
  return leaf({
    ...metadataOf(header),
    type,
    target: type === 'symlink' ? linkName : '',
    deviceMajor,
    deviceMinor,
    content,
  });
}

const LEAF_TYPES = ['file', 'symlink', 'fifo', 'character-device', 'block-device'] as const;

/** The metadata of an entry, with its extended attributes. Times of layers are whole seconds in BuildKit. */
export function metadataOf({ mode, uid, gid, mtime, pax }: TarHeader): Metadata {
  const seconds = Math.floor(mtime);
  return {
    mode: mode & 0o7777,
    uid,
    gid,
    modified: { seconds, nanoseconds: Math.round((mtime - seconds) * 1e9) },
    attributes: attributesOf(pax),
  };
}

function attributesOf(pax: TarHeader['pax']): Metadata['attributes'] {
  const kept = Object.entries(pax).filter(([key]) => key.startsWith('SCHILY.xattr.'));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
