import {
  close,
  fchmod,
  fchown,
  fstat,
  fsync,
  ftruncate,
  futimes,
  lchown,
  lutimes,
  open,
  rename,
  unlink,
  write,
} from 'node:fs';
import { promisify } from 'node:util';

// Functions on bare descriptors as promises, and the functions on paths that go with them. A FileHandle would be an
// object for each file, and Node reports an error when an unclosed one is garbage-collected.

export const openAsync = promisify(open);
export const closeAsync = promisify(close);
export const writeAsync = promisify(write);
export const fstatAsync = promisify(fstat);
export const fsyncAsync = promisify(fsync);
export const ftruncateAsync = promisify(ftruncate);
export const fchmodAsync = promisify(fchmod);
export const fchownAsync = promisify(fchown);
export const futimesAsync = promisify(futimes);
export const lchownAsync = promisify(lchown);
export const lutimesAsync = promisify(lutimes);
export const renameAsync = promisify(rename);
export const unlinkAsync = promisify(unlink);
