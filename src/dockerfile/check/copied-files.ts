import { posix } from 'node:path';
import type { AddInstruction, CopyInstruction } from '../instructions/types.js';
import { type Expanded, type Visit, warn } from './visit.js';

/** A URL, or a Git repository on a server that is reached by SSH. */
const REMOTE = /^(?:https?|git|ssh):\/\/|^[\w.+-]{1,100}@[\w.-]{1,255}:/;

/** Checks whether COPY or ADD reads files that `.dockerignore` leaves out of the context. */
export function checkFiles(
  { kind, keyword }: AddInstruction | CopyInstruction,
  { value, isCertain }: Expanded<AddInstruction | CopyInstruction>,
  visit: Visit,
): void {
  if (value === undefined || !isCertain) return;
  if (value.kind === 'copy' && value.from !== undefined) return;
  for (const source of value.sources) {
    if (kind === 'add' && REMOTE.test(source)) continue;
    const normal = posix.normalize(source);
    const path = normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
    // The root is in the context, whatever a pattern such as `.*` says.
    if (path === '.' || path === '/' || !visit.context.ignored(path)) continue;
    const message = `${keyword} reads ${JSON.stringify(path)}, which .dockerignore leaves out`;
    warn(visit, 'CopyIgnoredFile', message);
  }
}
