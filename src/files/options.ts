import type { CraneOptions } from '../crane/names/options.js';

/** Options of every function that reads the files of an image. */
export interface FilesOptions extends CraneOptions {
  /**
   * A directory in which an index of each layer is kept that had to be read: its entries, and where they are. Later calls need
   * not read the layer to know what is in it, and read files of a layer that is a plain tar by their range. A layer that
   * `crane.pull` or `gantry pull --cache_path` stored in the same directory is read from there.
   *
   * With this option, a layer that has to be read is read to its end, because only then its digest is verified.
   *
   * @default no index is kept
   */
  readonly cacheDirectory?: string | undefined;
  /**
   * Reads every layer that is needed to its end, so that its digest is checked. If it is false, the download ends when the file
   * was found: the bytes come from the registry unverified, and if the layer has a later entry of the same path, which no
   * usual tool writes, it is not seen. Ranges of a layer with a table of contents or an index are always verified.
   *
   * @default true
   */
  readonly verify?: boolean | undefined;
  /**
   * Uses the tables of contents of layers in the formats eStargz and zstd:chunked, if the manifest has their digest. Runtimes
   * that unpack the layer do not look at it, so the two can differ if the author of the image wants that.
   *
   * @default true
   */
  readonly useToc?: boolean | undefined;
  /**
   * Cap on the number of paths in all layers together. More are a LimitExceededError. @default 1 000 000
   */
  readonly maxEntries?: number | undefined;
  /** Cap on the bytes of a table of contents. If one is larger, its layer is read instead. @default 64 MiB */
  readonly maxTocBytes?: number | undefined;
}
