import type { AbortOptions } from '../../src/internal/async/abort.js';
import type { Image } from '../../src/v1/image.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import type { ProgressOptions } from '../../src/v1/progress.js';
import type { PeerName } from '../support/programs/peers.js';

export interface SinkWriteOptions extends AbortOptions, ProgressOptions {}

/** A location to which images are written, under one name. */
export interface Sink {
  /** Writes an image under the name, and replaces the previous one. */
  write(image: Image, options?: SinkWriteOptions): Promise<void>;
  /** The image of that name. */
  read(): Promise<Image>;
  /** Writes an index under the name. Only formats that can hold an index have this method. */
  writeIndex?(index: ImageIndex, options?: SinkWriteOptions): Promise<void>;
  readIndex?(): Promise<ImageIndex>;
  /** Whether an image or an index has the name. */
  holds(): Promise<boolean>;
  /** Paths of files that unfinished writes have left. */
  leftovers(): Promise<readonly string[]>;
  /** The number of stored bytes; 0 if it cannot be determined. */
  storedBytes(): Promise<number>;
  close(): Promise<void>;
}

/** A kind of sink, and what its format can keep of an image. */
export interface SinkKind {
  readonly name: string;
  /** The manifest byte for byte, or else the layers as they are stored, or else only their tars. */
  readonly keeps: 'manifest' | 'layers' | 'tars';
  /** Accepts indexes as well. @default false */
  readonly indexes?: boolean;
  /** Stores a layer as often as it occurs in the image. @default false */
  readonly repeats?: boolean;
  /** Accepts only images that can be run, and keeps neither artifacts nor descriptors. @default false */
  readonly runsOnly?: boolean;
  /** Reports its progress. @default true */
  readonly progress?: boolean;
  /** Does not open a layer that it has already. @default false */
  readonly remembers?: boolean;
  /** Tools that the sink needs; its tests are skipped without them. */
  readonly needs?: readonly PeerName[];
  /** Opens an empty sink that keeps its files in this directory. */
  open(directory: string): Promise<Sink>;
  /** Closes what all sinks of this kind share. */
  stop?(): Promise<void>;
}
