/** A part of a file's content, and where it is in the stored layer. */
export interface Chunk {
  /** Position of the part in the file. */
  readonly start: number;
  /** Bytes of the part. */
  readonly size: number;
  /** Digest of the bytes of the part. */
  readonly digest: string;
  /** Where the compressed bytes are; undefined for a part that consists of zeros. */
  readonly stored?: StoredChunk | undefined;
}

export interface StoredChunk {
  /** Position of the compressed data that the part is in. */
  readonly offset: number;
  /** Position at which this compressed data ends, or later. */
  readonly end: number;
  /** Bytes of the decompressed data before the part. */
  readonly skip: number;
}
