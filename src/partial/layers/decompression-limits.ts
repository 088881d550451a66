/**
 * Caps that keep a small hostile layer from growing into an endless tar. They also apply to the holes of sparse files.
 */
export interface DecompressionLimits {
  /**
   * Bytes of the tar for each stored byte. Checked only beyond 16 MiB. @default 1100 for gzip and 40 000 for
   * zstd, which are more than these formats can reach; 1000 for holes
   */
  readonly maxRatio?: number | undefined;
  /** Bytes of the tar. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}
