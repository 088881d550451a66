import type { Inode, PendingLink, PathNode } from './path-node.js';

export function newInode(target: PathNode, source?: number): Inode {
  return { target, contentEntry: source, pendingLinks: [], joined: [] };
}

/** The inode into which this one was merged, directly or through others; the inode itself if it was not merged. */
export function finalInode(inode: Inode): Inode {
  let final = inode;
  while (final.mergedInto !== undefined) final = final.mergedInto;
  // Shortens the chain, so that the next search is fast from each of its inodes.
  for (let at = inode; at.mergedInto !== undefined;) {
    const { mergedInto: merged } = at;
    at.mergedInto = final;
    at = merged;
  }
  return final;
}

/**
 * Merges `other` into `inode`. Its links are not moved, because that could happen to each of them again in every layer.
 */
export function joinInodes(inode: Inode, other: Inode): void {
  other.mergedInto = inode;
  if (hasPendingLinks(other)) inode.joined.push(other);
}

/** Whether links to the file still have to be written. */
export function hasPendingLinks({ pendingLinks: names, joined }: Inode): boolean {
  return names.length > 0 || joined.length > 0;
}

/** The links that still have to be written, those of the lowest layer first. */
export function* pendingLinksOf(inode: Inode): Generator<PendingLink, undefined> {
  const waiting = [inode];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield* next.pendingLinks;
    for (let at = next.joined.length - 1; at >= 0; at -= 1) {
      const joined = next.joined[at];
      if (joined !== undefined) waiting.push(joined);
    }
  }
  return undefined;
}
