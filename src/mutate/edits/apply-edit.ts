import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { readContent } from '../../tree/layers/load-contents.js';
import type { FileTree } from '../../tree/nodes/file-tree.js';
import {
  bytesContent,
  leaf,
  type LeafNode,
  type Metadata,
  type Timestamp,
  type TreeNode,
} from '../../tree/nodes/node.js';
import { FileProblem } from '../../tree/nodes/problem.js';
import { resolvePath } from '../../tree/nodes/resolve.js';
import {
  checkResult,
  type FileBefore,
  type FileChange,
  type FileResult,
  type PathEdit,
} from './file-edits.js';

export interface ApplyOptions extends AbortOptions {
  /** The time of files with new content, and of new directories. */
  readonly now: Timestamp;
  /** Cap on the size of a file that a function edits. */
  readonly maxFileBytes: number;
}

/**
 * Makes one edit in a tree.
 *
 * @throws NotFoundError if a path that is removed, or of which only the metadata changes, does not exist
 * @throws UnsupportedError if the path leads through a file, or has another kind of file than the edit needs
 */
export async function applyEdit(
  tree: FileTree,
  { path, edit }: PathEdit,
  options: ApplyOptions,
): Promise<void> {
  await editing(path, async () => {
    const result =
      typeof edit === 'function' ? checkResult(await edit(await readFile(tree, path, options)), path) : edit;
    await applyResult(tree, path, result, options);
  });
}

/** Makes a public error of a problem with a path. */
async function editing<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof FileProblem)) throw error;
    throw new UnsupportedError(`/${path.replace(/^\/+/, '')} cannot be edited: ${error.message}`, {
      cause: error,
      hint: error.hint,
    });
  }
}

async function applyResult(
  tree: FileTree,
  path: string,
  result: FileResult,
  options: ApplyOptions,
): Promise<void> {
  if (result === null) await remove(tree, path, options);
  else if (typeof result === 'string' || result instanceof Uint8Array)
    await change(tree, path, { content: result }, options);
  else if (result.linkTo !== undefined) await link(tree, path, { ...result, linkTo: result.linkTo }, options);
  else await change(tree, path, result, options);
}

/**
 * The file that a path leads to; undefined if it does not exist.
 *
 * @throws UnsupportedError if the path leads to a directory or another kind of file
 */
export async function fileBefore(
  tree: FileTree,
  path: string,
  options: Pick<ApplyOptions, 'maxFileBytes' | 'signal'>,
): Promise<FileBefore | undefined> {
  return editing(path, async () => readFile(tree, path, options));
}

async function readFile(
  tree: FileTree,
  path: string,
  { maxFileBytes, signal }: Pick<ApplyOptions, 'maxFileBytes' | 'signal'>,
): Promise<FileBefore | undefined> {
  const { node } = await resolvePath(tree.view, path, { signal });
  if (node === undefined) return undefined;
  if (node.type !== 'file' || node.content === undefined) throw notAFile(node.type);
  const limit = { maxBytes: maxFileBytes, option: 'maxFileBytes', subject: `/${path}` };
  if (node.content.size > maxFileBytes)
    throw new LimitExceededError(limit.subject, maxFileBytes, limit.option);
  const bytes = await readContent(node.content, { ...limit, signal });
  const { mode, uid, gid } = node;
  return Object.freeze({ ...{ mode, uid, gid, bytes }, text: new TextDecoder().decode(bytes) });
}

/** Removes a path. A link at its end is removed itself. */
async function remove(tree: FileTree, path: string, { signal }: AbortOptions): Promise<void> {
  const { parts, node } = await resolvePath(tree.view, path, { followLast: false, signal });
  if (node === undefined) throw notFound(path);
  tree.remove(parts);
}

async function link(
  tree: FileTree,
  path: string,
  { linkTo, owner = ROOT }: FileChange & { readonly linkTo: string },
  { now, signal }: ApplyOptions,
): Promise<void> {
  const { parts, node } = await resolvePath(tree.view, path, { followLast: false, signal });
  if (node?.type === 'directory') throw new FileProblem('is-directory', 'a directory exists there');
  tree.makeDirectories(parts.slice(0, -1), DIRECTORY, now);
  const { uid, gid } = owner;
  tree.set(parts, leaf({ type: 'symlink', mode: 0o777, uid, gid, modified: now, target: linkTo }));
}

/** Changes the content or the metadata of what a path leads to, or creates it. */
async function change(tree: FileTree, path: string, given: FileChange, options: ApplyOptions): Promise<void> {
  const { now, signal } = options;
  const { parts } = await resolvePath(tree.view, path, { signal });
  const existing = tree.get(parts);
  const { content, mode, owner } = given;
  const changed = {
    ...(mode !== undefined && { mode }),
    ...(owner !== undefined && { uid: owner.uid, gid: owner.gid }),
  };
  if (content !== undefined) {
    tree.makeDirectories(parts.slice(0, -1), DIRECTORY, now);
    const bytes = typeof content === 'string' ? Buffer.from(content) : Uint8Array.from(content);
    tree.set(parts, { ...withContent(existing, bytes, now), ...changed });
  } else if (given.directory === true) {
    if (existing !== undefined && existing.type !== 'directory')
      throw new FileProblem('not-directory', 'a file exists there');
    tree.makeDirectories(parts, DIRECTORY, now);
    tree.setMetadata(parts, { ...(existing ?? { ...DIRECTORY, modified: now }), ...changed });
  } else {
    if (existing === undefined) throw notFound(path);
    setMetadata(tree, parts, existing, changed);
  }
}

const ROOT = { uid: 0, gid: 0 };
const DIRECTORY = { ...ROOT, mode: 0o755 };
const FILE = { ...ROOT, mode: 0o644 };

/** As when a process writes to a file, the file keeps its metadata, but not its capabilities. */
function withContent(existing: TreeNode | undefined, bytes: Uint8Array, modified: Timestamp): LeafNode {
  if (existing !== undefined && existing.type !== 'file') throw notAFile(existing.type);
  const { mode, uid, gid } = existing ?? FILE;
  const kept = Object.entries(existing?.attributes ?? {}).filter(
    ([name]) => !name.endsWith('security.capability'),
  );
  const attributes = kept.length === 0 ? undefined : Object.fromEntries(kept);
  return leaf({ type: 'file', mode, uid, gid, modified, attributes, content: bytesContent(bytes) });
}

function setMetadata(
  tree: FileTree,
  parts: readonly string[],
  existing: TreeNode,
  changed: Partial<Metadata>,
): void {
  if (existing.type === 'directory') tree.setMetadata(parts, { ...existing, ...changed });
  else tree.set(parts, { ...existing, ...changed });
}

function notFound(path: string): NotFoundError {
  return new NotFoundError(`/${path} does not exist in the image`);
}

function notAFile(type: string): FileProblem {
  return new FileProblem('unsupported', `it is not a file but a ${type}`);
}
