/** Caps that keep a small hostile layer from becoming an endless tar. They hold for the holes of its sparse files too. */
export interface DecompressionLimits {
  /**
   * Bytes of the tar for each stored byte; counts from 16 MiB on. @default 1100 for gzip and 40 000 for zstd, more than they
   * can reach; 1000 for holes
   */
  readonly maxRatio?: number | undefined;
  /** Bytes of the tar. @default 64 GiB */
  readonly maxBytes?: number | undefined;
}
