import type { AbortOptions } from '../../internal/async/abort.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import {
  type Content,
  type LeafNode,
  type Metadata,
  sortedNames,
  type TreeDirectory,
  type TreeNode,
} from '../nodes/node.js';

/** An entry of a layer: a node, another name of a file that the layer has, or a whiteout. */
export type Change =
  | { readonly kind: 'node'; readonly path: string; readonly node: TreeNode }
  | { readonly kind: 'link'; readonly path: string; readonly node: LeafNode; readonly target: string }
  | { readonly kind: 'whiteout'; readonly path: string };

/** Two files of the same size and time, whose contents decide whether the file has changed. */
export interface PossibleDuplicate {
  readonly lower: LeafNode & { readonly content: Content };
  readonly upper: LeafNode & { readonly content: Content };
}

/**
 * The files of a tree that differ from those of a lower tree, in the order of a layer: a directory comes before its
 * content, names are sorted by their bytes, and a removed path is a whiteout.
 *
 * As in containerd, a file counts as changed if its mode, owner, size, time or attributes differ, a directory if its mode,
 * owner or attributes do. Directories that contain a change are listed, too. The time of a file in a layer has whole
 * seconds: if it has no fraction, the contents are compared, and `isDuplicate` decides.
 *
 * @see https://github.com/containerd/continuity/blob/v0.4.5/fs/diff_linux.go
 */
export async function difference(
  lower: TreeDirectory,
  upper: TreeDirectory,
  isDuplicate: (pair: PossibleDuplicate) => boolean,
  { signal }: AbortOptions = {},
): Promise<Change[]> {
  const names = new Map<LeafNode, string>();
  const isUnchanged = (before: TreeNode | undefined, node: LeafNode): boolean => {
    if (before === undefined || before.type === 'directory') return false;
    if (before === node) return true;
    const pair = compareLeaves(before, node);
    return typeof pair === 'boolean' ? pair : isDuplicate(pair);
  };
  const changes: Change[] = [];
  const visit = async (before: TreeNode | undefined, node: TreeDirectory, path: string): Promise<void> => {
    if (before === node) return;
    const old = before?.type === 'directory' ? before : undefined;
    const isSame = old !== undefined && sameMetadata(old, node);
    const at = changes.push({ kind: 'node', path, node });
    const all = new Map<string, TreeNode | undefined>(old?.entries);
    for (const name of node.entries.keys()) all.set(name, undefined);
    for (const name of sortedNames(all)) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
      signal?.throwIfAborted();
      const child = node.entries.get(name);
      const childPath = path === '' ? name : `${path}/${name}`;
      const previous = old?.entries.get(name);
      if (child === undefined) changes.push({ kind: 'whiteout', path: childPath });
      else if (child.type === 'directory') await visit(previous, child, childPath);
      else if (!isUnchanged(previous, child)) changes.push(leafChange(child, childPath, names));
    }
    if (isSame && changes.length === at) changes.pop();
  };
  await visit(lower, upper, '');
  // The root has an entry only if its metadata has changed, as in BuildKit.
  return sameMetadata(lower, upper) ? changes.slice(1) : changes;
}

function leafChange(node: LeafNode, path: string, names: Map<LeafNode, string>): Change {
  const target = names.get(node);
  if (target !== undefined) return { kind: 'link', path, node, target };
  if (node.type === 'file') names.set(node, path);
  return { kind: 'node', path, node };
}

/** Files whose contents {@link difference} will ask for. */
export async function possibleDuplicates(
  lower: TreeDirectory,
  upper: TreeDirectory,
  options: AbortOptions = {},
): Promise<PossibleDuplicate[]> {
  const pairs: PossibleDuplicate[] = [];
  const collect = (pair: PossibleDuplicate): boolean => {
    pairs.push(pair);
    return true;
  };
  await difference(lower, upper, collect, options);
  return pairs;
}

/** Whether two nodes are the same file; a pair if their contents decide. */
function compareLeaves(lower: LeafNode, upper: LeafNode): boolean | PossibleDuplicate {
  if (lower.type !== upper.type || !sameMetadata(lower, upper)) return false;
  if (lower.deviceMajor !== upper.deviceMajor || lower.deviceMinor !== upper.deviceMinor) return false;
  if (lower.content?.size !== upper.content?.size) return false;
  const [before, now] = [lower.modified, upper.modified];
  if (before.seconds !== now.seconds || before.nanoseconds !== now.nanoseconds) return false;
  if (lower.target !== upper.target) return false;
  if (now.nanoseconds !== 0 || lower.content === upper.content) return true;
  return { lower, upper } as PossibleDuplicate;
}

function sameMetadata(a: Metadata, b: Metadata): boolean {
  if (a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid) return false;
  const [first, second] = [a.attributes ?? {}, b.attributes ?? {}];
  const names = Object.keys(first);
  return names.length === Object.keys(second).length && names.every((name) => first[name] === second[name]);
}
