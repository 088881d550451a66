import type { AbortOptions } from '../internal/async/abort.js';
import { readContent } from './layers/load-contents.js';
import type { SourceDirectory } from './nodes/node.js';
import { FileProblem } from './nodes/problem.js';
import { resolvePath } from './nodes/resolve.js';

/** Cap on the size of a file with accounts, as in BuildKit. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;

/** Numeric IDs of a user and a group. */
export interface NumericOwner {
  readonly uid: number;
  readonly gid: number;
}

/** The highest ID that Linux has. */
const MAX_ID = 0xffffffff;

/**
 * The IDs that a text such as `app`, `app:staff` or `1000:1000` stands for. Names are looked up in `/etc/passwd` and
 * `/etc/group` of a tree. As in BuildKit, a user without a group is a member of the group of the account, or, if it is a
 * number, of the group with that number; a name that is not found is root's.
 *
 * `tree` is called only if there is a name to look up.
 */
export async function ownerOf(
  text: string,
  tree: () => Promise<SourceDirectory>,
  options: AbortOptions,
): Promise<NumericOwner> {
  const colon = text.indexOf(':');
  const user = colon === -1 ? text : text.slice(0, colon);
  const group = colon === -1 ? undefined : text.slice(colon + 1);
  const uid = idOf(user);
  const owner = uid === undefined ? await accountOf(user, await tree(), options) : { uid, gid: uid };
  if (group === undefined || group === '') return owner;
  const gid = idOf(group) ?? (await groupOf(group, await tree(), options));
  return { uid: owner.uid, gid: gid ?? owner.gid };
}

function idOf(text: string): number | undefined {
  if (!/^\d+$/.test(text)) return undefined;
  const id = Number(text);
  if (id <= MAX_ID) return id;
  throw new FileProblem('pattern', `${text} is not the ID of a user or group`, `IDs are at most ${MAX_ID}`);
}

/** An ID in a list of accounts. As in BuildKit, a text that is not a number stands for zero. */
function listedId(text: string): number {
  const id = /^\d+$/.test(text) ? Number(text) : 0;
  return id <= MAX_ID ? id : 0;
}

async function accountOf(name: string, root: SourceDirectory, options: AbortOptions): Promise<NumericOwner> {
  for (const line of await linesOf('etc/passwd', root, options)) {
    const [user, , uid = '', gid = ''] = line.split(':');
    if (user === name) return { uid: listedId(uid), gid: listedId(gid) };
  }
  return { uid: 0, gid: 0 };
}

async function groupOf(
  name: string,
  root: SourceDirectory,
  options: AbortOptions,
): Promise<number | undefined> {
  for (const line of await linesOf('etc/group', root, options)) {
    const [group, , gid = ''] = line.split(':');
    if (group === name) return listedId(gid);
  }
  return undefined;
}

/** The lines of a file; none if it does not exist or is not a regular file. */
async function linesOf(
  path: string,
  root: SourceDirectory,
  options: AbortOptions,
): Promise<readonly string[]> {
  const { node } = await resolvePath(root, path, options);
  if (node?.type !== 'file' || node.content === undefined) return [];
  const bytes = await readContent(node.content, {
    ...options,
    maxBytes: MAX_FILE_BYTES,
    subject: `/${path}`,
  });
  return Buffer.from(bytes).toString('utf8').split('\n');
}
