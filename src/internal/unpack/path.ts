import { encodeText } from '../tar/format/text.js';

/** A path for the functions of `node:fs`; a Buffer if it is not UTF-8. */
export type DiskPath = string | Buffer;

/** Converts a path in an archive to a path below `root`. Names in an archive are bytes, and need not be UTF-8. */
export function diskPath(root: string, path: string): DiskPath {
  const joined = path === '' ? root : `${root}/${path}`;
  return NOT_UTF8.test(joined) ? encodeText(joined) : joined;
}

/** The target of a symbolic link. */
export function linkTarget(target: string): DiskPath {
  return NOT_UTF8.test(target) ? encodeText(target) : target;
}

/** The surrogates that `tar/format/text.ts` uses for bytes that are not UTF-8. */
const NOT_UTF8 = /[\udc80-\udcff]/;
