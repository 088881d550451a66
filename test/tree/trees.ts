import type { SpoolDirectory } from '../../src/tree/layers/tar-contents.js';
import { Readable } from 'node:stream';
import { applyLayer, type LayerEntries, readLayer } from '../../src/tree/layers/apply-layer.js';
import { directory, FileTree } from '../../src/tree/nodes/file-tree.js';
import {
  bytesContent,
  leaf,
  type LeafNode,
  type Metadata,
  type TreeDirectory,
} from '../../src/tree/nodes/node.js';
import { layerFromOpener } from '../../src/partial/layers/layer-source.js';
import { type LayerEntry, layerTar } from '../support/archives/layer-tar.js';

export const NOW = { seconds: 1_000_000_000, nanoseconds: 0 };
export const OLD = { seconds: 100, nanoseconds: 0 };
const DIRECTORY: Metadata = { mode: 0o755, uid: 0, gid: 0, modified: OLD };

/** A regular file. */
export function file(content = '', metadata: Partial<Metadata> = {}): LeafNode {
  return leaf({
    ...{ type: 'file', mode: 0o644, uid: 0, gid: 0, modified: OLD, ...metadata },
    content: bytesContent(Buffer.from(content)),
  });
}

export function symlink(target: string): LeafNode {
  return leaf({ type: 'symlink', mode: 0o777, uid: 0, gid: 0, modified: OLD, target });
}

/** A tree with these nodes. A text is a file; a path that ends with a slash is a directory. */
export function treeOf(nodes: Readonly<Record<string, LeafNode | string>>): FileTree {
  const tree = new FileTree(directory(DIRECTORY));
  for (const [path, node] of Object.entries(nodes)) {
    const parts = path.split('/').filter((part) => part !== '');
    if (path.endsWith('/')) tree.makeDirectories(parts, DIRECTORY, OLD);
    else {
      tree.makeDirectories(parts.slice(0, -1), DIRECTORY, OLD);
      tree.set(parts, typeof node === 'string' ? file(node) : node);
    }
  }
  return tree;
}

/** The paths of a tree, each with the content of a file, `-> target` of a link, or the type. */
export async function listTree(tree: FileTree | TreeDirectory): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  const visit = async (node: TreeDirectory, path: string): Promise<void> => {
    for (const [name, child] of node.entries) {
      const childPath = `${path}${name}`;
      if (child.type === 'directory') {
        if (child.entries.size === 0) found[`${childPath}/`] = '';
        await visit(child, `${childPath}/`);
      } else if (child.type === 'file') found[childPath] = await textOf(child);
      else found[childPath] = child.type === 'symlink' ? `-> ${child.target}` : child.type;
    }
  };
  await visit(tree instanceof FileTree ? tree.root : tree, '');
  return found;
}

export async function textOf({ content }: LeafNode): Promise<string> {
  await content?.archive?.load([content], {});
  const opened = (await content?.open({})) ?? '';
  if (!(opened instanceof Readable)) return Buffer.from(opened).toString();
  return Buffer.concat((await opened.toArray()) as Buffer[]).toString();
}

/** The entries of a layer, read from its tar. */
export async function layerEntries(directory: string, entries: readonly LayerEntry[]): Promise<LayerEntries> {
  return entriesOfTar(directory, await layerTar(entries));
}

export async function entriesOfTar(directory: string, tar: Buffer): Promise<LayerEntries> {
  return readLayer(
    layerFromOpener(() => Readable.from([tar], { objectMode: false })),
    { spools: spoolsIn(directory) },
  );
}

/** Applies a layer to a tree, and lists the result. */
export async function applied(
  tree: FileTree,
  directory: string,
  entries: readonly LayerEntry[],
): Promise<Readonly<Record<string, string>>> {
  await applyLayer(tree, await layerEntries(directory, entries), {});
  return listTree(tree);
}

/** Puts temporary files into a directory. They close when they are unreachable. */
export function spoolsIn(directory: string): SpoolDirectory {
  return { path: directory, keep: (spool) => spool };
}
