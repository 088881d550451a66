import { UnsafePathError } from '../../errors/invalid/path.js';
import { printable } from '../../internal/printable.js';
import { directoryOf, foldName } from '../../internal/unpack/name.js';
import type { DescribedFile } from './described.js';
import { titlePath, TOP_TITLE } from '../content/title.js';

/** A file, and its path below the directory of a pull. */
export interface PlannedFile {
  readonly file: DescribedFile;
  readonly path: string;
}

/**
 * The files that have a title, with their paths. A title that the manifest lists twice for the same content is one file.
 *
 * @throws UnsafePathError if a title is unsafe, or if two files have names that some file system treats as equal.
 */
export function plannedFiles(files: readonly DescribedFile[]): readonly PlannedFile[] {
  const planned = new Map<string, PlannedFile>();
  for (const file of files) {
    if (file.title === undefined) continue;
    const path = titlePath(file.title);
    if (path === TOP_TITLE && !file.isPacked) {
      throw new UnsafePathError(`artifact: the title "${printable(file.title)}" is not the name of a file`);
    }
    const folded = foldName(path);
    const earlier = planned.get(folded);
    if (earlier === undefined) planned.set(folded, { file, path });
    else if (earlier.path !== path || earlier.file.digest !== file.digest) throw sameName(earlier.path, path);
  }
  for (const { path } of planned.values()) {
    for (let parent = directoryOf(path); parent !== TOP_TITLE; parent = directoryOf(parent)) {
      const above = planned.get(foldName(parent));
      if (above !== undefined && !above.file.isPacked) throw fileAbove(above.path, path);
    }
  }
  return [...planned.values()];
}

function fileAbove(file: string, path: string): UnsafePathError {
  return new UnsafePathError(
    `artifact: "${printable(path)}" would lie below "${printable(file)}", which is a file`,
    { hint: "pull it into memory with the target 'memory'" },
  );
}

function sameName(first: string, second: string): UnsafePathError {
  return new UnsafePathError(
    `artifact: two files have the name "${printable(second)}"` +
      (first === second ? '' : `, or one that some file systems treat as equal: "${printable(first)}"`),
    { hint: "pull it into memory with the target 'memory'" },
  );
}
