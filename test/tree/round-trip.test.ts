import { describe, expect, it } from '@jest/globals';
import { applyLayer } from '../../src/tree/layers/apply-layer.js';
import { difference } from '../../src/tree/layers/difference.js';
import { loadContents } from '../../src/tree/layers/load-contents.js';
import { writeChanges } from '../../src/tree/layers/write-changes.js';
import { directory, FileTree } from '../../src/tree/nodes/file-tree.js';
import { bytesContent, leaf, type LeafNode, type TreeDirectory } from '../../src/tree/nodes/node.js';
import { createTar } from '../../src/internal/tar/tar.js';
import { fc } from '../support/tools/fast-check.js';
import { readAll } from '../support/tools/read-all.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { entriesOfTar, textOf } from './trees.js';

const temp = useTempDir();

const name = fc.constantFrom('a', 'b', 'c', 'a.b', '__proto__', 'é', '\udcff', 'x y');
const path = fc.array(name, { minLength: 1, maxLength: 3 });
const metadata = fc.record({
  mode: fc.constantFrom(0o644, 0o755, 0o4711, 0o1777, 0),
  uid: fc.constantFrom(0, 7, 0xffff_ffff),
  gid: fc.constantFrom(0, 8),
  modified: fc.record({ seconds: fc.constantFrom(0, 1, -5, 9_999_999_999), nanoseconds: fc.constant(0) }),
  attributes: fc.option(
    fc.constantFrom({ 'SCHILY.xattr.user.a': 'b' }, { 'SCHILY.xattr.user.a': '', 'SCHILY.xattr.b': '=\n' }),
    { nil: undefined },
  ),
});
const node = fc.oneof(
  fc
    .tuple(metadata, fc.constantFrom('', '1', '2', '22', 'x'.repeat(600)))
    .map(([data, text]) => leaf({ type: 'file', ...data, content: bytesContent(Buffer.from(text)) })),
  fc
    .tuple(metadata, fc.constantFrom('a', '../b', '/c', 'none'))
    .map(([data, target]) => leaf({ type: 'symlink', ...data, mode: 0o777, target })),
  metadata.map((data) => leaf({ type: 'fifo', ...data })),
  metadata.map((data) => leaf({ type: 'character-device', ...data, deviceMajor: 1, deviceMinor: 3 })),
);

type Act = (tree: FileTree) => void;

/** A change as COPY makes it: parents are created, and what is in the way is replaced. */
const change: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(path, node).map(([at, leafNode]): Act => (tree) => {
    makeParents(tree, at);
    tree.set(at, leafNode);
  }),
  fc.tuple(path, metadata).map(([at, data]): Act => (tree) => {
    makeParents(tree, at);
    if (tree.get(at)?.type === 'directory') tree.setMetadata(at, data);
    else tree.set(at, directory(data));
  }),
  path.map((at): Act => (tree) => {
    if (tree.get(at.slice(0, -1))?.type === 'directory') tree.remove(at);
  }),
  fc.tuple(path, path).map(([from, to]): Act => (tree) => {
    const found = tree.get(from);
    if (found === undefined || found.type === 'directory') return;
    makeParents(tree, to);
    tree.set(to, found);
  }),
);

function makeParents(tree: FileTree, at: readonly string[]): void {
  const owner = { mode: 0o755, uid: 0, gid: 0, modified: { seconds: 1, nanoseconds: 0 } };
  for (let length = 1; length < at.length; length += 1) {
    const parts = at.slice(0, length);
    if (tree.get(parts)?.type !== 'directory') tree.set(parts, directory(owner));
  }
}

/** Everything about a tree except the times of directories, which are not part of a layer's difference. */
async function describeTree(root: TreeDirectory): Promise<readonly string[]> {
  const lines: string[] = [];
  const visit = async (current: TreeDirectory, at: string): Promise<void> => {
    for (const [key, child] of current.entries) {
      const { type, mode, uid, gid, attributes } = child;
      const rest = child.type === 'directory' ? '' : await leafText(child);
      lines.push(
        `${at}${key} ${type} ${mode} ${uid} ${gid} ${JSON.stringify(Object.entries(attributes ?? {}).sort())} ${rest}`,
      );
      if (child.type === 'directory') await visit(child, `${at}${key}/`);
    }
  };
  await visit(root, '');
  return lines.sort();
}

async function leafText(leafNode: LeafNode): Promise<string> {
  const { modified, target, deviceMajor, deviceMinor, content } = leafNode;
  const body = content === undefined ? '' : await textOf(leafNode);
  return [modified.seconds, modified.nanoseconds, target, deviceMajor, deviceMinor, body].join(' ');
}

async function layerOf(lower: TreeDirectory, upper: TreeDirectory): Promise<Buffer> {
  // Pairs of the same size and time are different here, unless their contents are the same.
  const texts = new Map<LeafNode, string>();
  const remember = async (tree: TreeDirectory): Promise<void> => {
    for (const child of tree.entries.values()) {
      if (child.type === 'directory') await remember(child);
      else if (child.content !== undefined) texts.set(child, await textOf(child));
    }
  };
  await remember(lower);
  await remember(upper);
  const changes = await difference(lower, upper, (pair) => texts.get(pair.lower) === texts.get(pair.upper));
  const contents = changes.flatMap((entry) =>
    entry.kind === 'node' && entry.node.type !== 'directory' ? (entry.node.content ?? []) : [],
  );
  await loadContents(contents, {});
  const tar = createTar();
  const all = readAll(tar.stream);
  await writeChanges(changes, tar, {});
  await tar.finish();
  return all;
}

describe('a layer that is the difference of two trees', () => {
  it('gives the upper tree again if it is applied to the lower one', async () => {
    const steps = fc.array(change, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, steps, async (first, second) => {
        const tree = FileTree.empty();
        for (const act of first) act(tree);
        const lower = tree.root;
        for (const act of second) act(tree);
        const upper = tree.root;
        const again = new FileTree(lower);
        await applyLayer(again, await entriesOfTar(temp.path(), await layerOf(lower, upper)), {});
        expect(await describeTree(again.root)).toEqual(await describeTree(upper));
        // Nothing is left to change.
        expect((await layerOf(again.root, upper)).byteLength).toBe(1024);
      }),
      { numRuns: 400 },
    );
  });
});
