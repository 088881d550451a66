import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import type { TarHeader } from '../../internal/tar/format/header.js';
import { readTar } from '../../internal/tar/reader.js';
import { leafOf, metadataOf } from '../layers/apply-layer.js';
import { EntryBudget } from '../layers/entry-budget.js';
import { type SpoolDirectory, TarContents } from '../layers/tar-contents.js';
import { directory, type FileTree } from '../nodes/file-tree.js';
import type { Content, Metadata, TreeNode } from '../nodes/node.js';
import { partsOf, resolvePath } from '../nodes/resolve.js';
import type { CopyOptions } from './copy-files.js';
import { isArchive, openArchive } from './open-archive.js';

/** How an archive is unpacked into a tree. */
export interface UnpackOptions extends Pick<CopyOptions, 'owner' | 'now' | 'signal'> {
  /** The directory for temporary files. */
  readonly spools: SpoolDirectory;
}

/**
 * Unpacks a file into a directory of a tree if it is an archive, as ADD does; returns whether it is one.
 *
 * The entries keep their owners, modes and times, unless an owner is given. The destination is their root: neither `..`
 * nor a link leads out of it. An entry replaces what has its name, except that directories are merged.
 *
 * @see https://github.com/moby/go-archive/blob/main/archive.go
 */
export async function unpackArchive(
  content: Content,
  tree: FileTree,
  destination: string,
  options: UnpackOptions,
): Promise<boolean> {
  const { signal, now, owner } = options;
  if (!(await isArchive(content, { signal }))) return false;
  const contents = new TarContents(async (opening) => openArchive(content, opening), options.spools);
  const { parts: root } = await resolvePath(tree.root, destination, { signal });
  tree.makeDirectories(root, { mode: 0o755, ...(owner ?? ROOT_OWNER) }, now);
  const directories: { readonly parts: readonly string[]; readonly header: TarHeader }[] = [];
  let position = -1;
  const budget = new EntryBudget('archive');
  for await (const { header } of readTar(await openArchive(content, { signal }), { signal })) {
    position += 1;
    budget.add(header);
    const parts = await placeOf(tree, root, header.name, { signal, now });
    // The destination itself is only merged, so its metadata stays.
    if (parts.length === root.length) continue;
    const existing = tree.get(parts);
    const metadata: Metadata = { ...metadataOf(header), ...owner };
    if (header.type === 'directory') {
      if (existing?.type === 'directory') tree.setMetadata(parts, metadata);
      else tree.set(parts, directory(metadata), now);
      directories.push({ parts, header });
      continue;
    }
    const body = header.type === 'file' ? contents.content(position, header.size) : undefined;
    const node =
      header.type === 'link'
        ? await linked(tree, root, header, { signal })
        : withOwner(leafOf(header, body), metadata);
    if (node !== undefined) tree.set(parts, node, now);
  }
  // The times of directories are set last, because files that are put into them change them.
  for (const { parts, header } of directories) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    const node = tree.get(parts);
    if (node?.type === 'directory') tree.setMetadata(parts, { ...metadataOf(header), ...owner });
  }
  return true;
}

const ROOT_OWNER = { uid: 0, gid: 0 };

function withOwner(node: TreeNode | undefined, { uid, gid }: Metadata): TreeNode | undefined {
  return node === undefined || node.type === 'directory' ? undefined : { ...node, uid, gid };
}

/** The path of an entry in the tree, without symbolic links. Missing directories are created. */
async function placeOf(
  tree: FileTree,
  root: readonly string[],
  name: string,
  { signal, now }: Pick<UnpackOptions, 'signal' | 'now'>,
): Promise<readonly string[]> {
  const inside = normalized(name);
  if (inside.length === 0) return root;
  const base = tree.get(root);
  const above = inside.slice(0, -1);
  if (base?.type !== 'directory') return [...root, ...inside];
  const parent = await resolvePath(base, above.join('/'), { signal });
  const directoryParts = [...root, ...parent.parts];
  tree.makeDirectories(directoryParts, { mode: 0o755, ...ROOT_OWNER }, now);
  return [...directoryParts, ...inside.slice(-1)];
}

/** The parts of a name, where `..` does not lead above the root. */
function normalized(name: string): readonly string[] {
  const parts: string[] = [];
  for (const part of partsOf(name)) {
    if (part === '..') parts.pop();
    else parts.push(part);
  }
  return parts;
}

async function linked(
  tree: FileTree,
  root: readonly string[],
  { name, linkName }: TarHeader,
  options: AbortOptions,
): Promise<TreeNode> {
  const base = tree.get(root);
  const target = normalized(linkName);
  if (base?.type === 'directory') {
    const { parts } = await resolvePath(base, target.join('/'), { ...options, followLast: false });
    const node = tree.get([...root, ...parts]);
    if (node !== undefined && node.type !== 'directory') return node;
  }
  throw new ArchiveInvalidError(
    `${JSON.stringify(name)} is a hard link to ${JSON.stringify(linkName)}, which is not a file of the archive`,
  );
}
