import { encodeText } from '../tar/format/text.js';

/** A path as the functions of `node:fs` take it; bytes where it is no text. */
export type DiskPath = string | Buffer;

/** A path in an archive as one below `root`. Names in an archive are bytes, and need not be UTF-8. */
export function diskPath(root: string, path: string): DiskPath {
  const whole = path === '' ? root : `${root}/${path}`;
  return NO_TEXT.test(whole) ? encodeText(whole) : whole;
}

/** The target of a symbolic link. */
export function linkTarget(target: string): DiskPath {
  return NO_TEXT.test(target) ? encodeText(target) : target;
}

/** What `tar-text.ts` makes of bytes that are no UTF-8. */
const NO_TEXT = /[\udc80-\udcff]/;
