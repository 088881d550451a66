import type { SparseParts } from '../../internal/tar/sparse/map.js';
import type { TarHeader } from '../../internal/tar/format/header.js';
import type { Chunk } from './chunk.js';

/** One entry of a layer that is not a marker. */
export interface LayerFile {
  /** The clean path of the entry, relative to the root; `.` is the root. */
  readonly path: string;
  readonly header: TarHeader;
  /** The position of the entry among all entries of the tar. Entries of a table of contents are numbered, too. */
  readonly number: number;
  /** Position of the body in the tar; undefined if only a table of contents was read. */
  readonly offset?: number | undefined;
  /** The stored parts of a sparse file. */
  readonly parts?: SparseParts | undefined;
  /** Where the parts of the content are in the stored layer, from a table of contents. */
  readonly chunks?: readonly Chunk[] | undefined;
  /** The digest of the content; undefined if nothing has computed it. */
  readonly digest?: string | undefined;
}
