import type { AbortOptions } from '../../internal/async/abort.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import { compilePathPattern } from '../../internal/files/path-pattern.js';
import { entriesOf, sortedNames, type SourceDirectory, type SourceNode } from '../nodes/node.js';
import { FileProblem } from '../nodes/problem.js';
import { resolvePath } from '../nodes/resolve.js';

/**
 * The paths that a source with wildcards stands for, sorted. A source without wildcards stands for itself, whether it
 * exists or not. As in BuildKit, `*` never matches a slash, and what is in a matching directory is not listed.
 *
 * @throws BadPatternError for an invalid pattern
 * @throws FileProblem if the directory before the first wildcard does not exist
 */
export async function matchingPaths(
  root: SourceDirectory,
  source: string,
  options: AbortOptions,
): Promise<readonly string[]> {
  const parts = source.split('/').filter((part) => part !== '');
  const first = parts.findIndex(hasWildcard);
  if (first === -1) return [source];
  const start = parts.slice(0, first).join('/');
  const { parts: resolved, node } = await resolvePath(root, start, options);
  if (node === undefined) throw new FileProblem('not-found', `/${start} does not exist`);
  const patterns = parts.slice(first).map((part) => compilePathPattern(withoutDoubleStars(part)));
  const found: string[] = [];
  const visit = async (current: SourceNode, path: string, depth: number): Promise<void> => {
    const matches = patterns[depth];
    if (matches === undefined) found.push(path);
    else if (current.type === 'directory') {
      const entries = await entriesOf(current, options);
      for (const name of sortedNames(entries)) {
        const due = eventLoopDue();
        if (due !== undefined) await due;
        const child = entries.get(name);
        if (child !== undefined && matches(name)) await visit(child, `${path}/${name}`, depth + 1);
      }
    }
  };
  await visit(node, resolved.length === 0 ? '' : `/${resolved.join('/')}`, 0);
  return found;
}

/** Whether a part of a path has a wildcard that is not escaped. */
export function hasWildcard(path: string): boolean {
  return /[*?[]/.test(path.replace(/\\./gs, ''));
}

/** In Go's matcher, unlike in `.dockerignore`, two stars mean the same as one. */
function withoutDoubleStars(pattern: string): string {
  return pattern.replace(/\\.|\*{2,}/gs, (text) => (text.startsWith('\\') ? text : '*'));
}
