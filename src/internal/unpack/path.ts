import { encodeText } from '../tar/format/text.js';

/** A path as the functions of `node:fs` take it; bytes where it is no text. */
export type DiskPath = string | Buffer;

/** A path in an archive as one below `root`. Names in an archive are bytes, and need not be UTF-8. */
export function diskPath(root: string, path: string): DiskPath {
  const joined = path === '' ? root : `${root}/${path}`;
  return NOT_UTF8.test(joined) ? encodeText(joined) : joined;
}

/** The target of a symbolic link. */
export function linkTarget(target: string): DiskPath {
  return NOT_UTF8.test(target) ? encodeText(target) : target;
}

/** What `tar-text.ts` makes of bytes that are no UTF-8. */
const NOT_UTF8 = /[\udc80-\udcff]/;
