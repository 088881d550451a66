import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import { pendingLinksOf } from './inode.js';
import type { Inode } from './path-node.js';
import { pathOf } from './path-tree.js';

/** The error for hard links whose target does not exist. */
export function danglingLink(inode: Inode): ArchiveInvalidError {
  const names = pendingLinksOf(inode);
  const first = names.next().value;
  let others = 0;
  for (const _name of names) others += 1;
  const link = first === undefined ? '' : JSON.stringify(pathOf(first.node));
  const more = others === 0 ? '' : ` and ${others} more`;
  return new ArchiveInvalidError(
    `layer: the hard link ${link}${more} leads to ${JSON.stringify(pathOf(inode.target))}, which no layer below has`,
  );
}
