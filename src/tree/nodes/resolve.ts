import type { AbortOptions } from '../../internal/async/abort.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import { entriesOf, type SourceDirectory, type SourceNode } from './node.js';
import { FileProblem } from './problem.js';

/** As in Linux and in BuildKit's resolver. */
const MAX_LINKS = 255;

/** Cap on the names in a path and in the links that it leads through. A path of Linux has at most 2048. */
const MAX_STEPS = 16_384;

/** A path without symbolic links, and its node. */
export interface ResolvedPath {
  /** The names from the root; empty for the root itself. */
  readonly parts: readonly string[];
  /** Undefined if nothing exists at the path. */
  readonly node: SourceNode | undefined;
}

/**
 * Follows the symbolic links of a path within a root directory. Neither `..` nor a link leads above the root. The parts
 * behind a name that does not exist are kept as they are.
 *
 * @param options.followLast - whether a symbolic link at the end of the path is followed
 * @throws FileProblem if the path leads through a file, through too many links, or is too long
 */
export async function resolvePath(
  root: SourceDirectory,
  path: string,
  { followLast = true, signal }: AbortOptions & { readonly followLast?: boolean | undefined } = {},
): Promise<ResolvedPath> {
  const parts: string[] = [];
  // The nodes at the beginnings of `parts`, with the root first.
  const nodes: (SourceNode | undefined)[] = [root];
  const rest: string[] = [];
  let links = 0;
  let steps = 0;
  const addFirst = (text: string): void => {
    const added = partsOf(text);
    if (steps + rest.length + added.length > MAX_STEPS)
      throw new FileProblem('loop', `a path has more than ${MAX_STEPS} parts, with those of its links`);
    for (const part of added.reverse()) rest.push(part);
  };
  addFirst(path);
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    steps += 1;
    if (part === '..') {
      if (parts.pop() !== undefined) nodes.pop();
      continue;
    }
    const parent = nodes.at(-1);
    if (parent !== undefined && parent.type !== 'directory')
      throw new FileProblem('not-directory', `/${parts.join('/')} is not a directory`);
    // Most directories are in memory, where waiting for a promise costs more than the lookup.
    const entries = parent?.entries ?? (parent && (await entriesOf(parent, { signal })));
    const node = entries?.get(part);
    if (node?.type === 'symlink' && (followLast || rest.length > 0)) {
      links += 1;
      if (links > MAX_LINKS) throw new FileProblem('loop', `${path} leads through too many symbolic links`);
      if (node.target.startsWith('/')) {
        parts.length = 0;
        nodes.length = 1;
      }
      addFirst(node.target);
      continue;
    }
    parts.push(part);
    nodes.push(node);
  }
  return { parts, node: nodes.at(-1) };
}

/** The parts of a path without empty ones and `.`. */
export function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
