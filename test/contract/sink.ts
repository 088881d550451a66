import type { AbortOptions } from '../../src/internal/async/abort.js';
import type { Image } from '../../src/v1/image.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import type { ProgressOptions } from '../../src/v1/progress.js';
import type { PeerName } from '../support/programs/peers.js';

export interface SinkWriteOptions extends AbortOptions, ProgressOptions {}

/** Somewhere to write images to, with one name in it. */
export interface Sink {
  /** Writes an image under the name, in place of what has it. */
  write(image: Image, options?: SinkWriteOptions): Promise<void>;
  /** The image of that name. */
  read(): Promise<Image>;
  /** Writes an index under the name, where the form can hold one. */
  writeIndex?(index: ImageIndex, options?: SinkWriteOptions): Promise<void>;
  readIndex?(): Promise<ImageIndex>;
  /** Whether the name leads to anything. */
  holds(): Promise<boolean>;
  /** Files that unfinished writes have left. */
  leftovers(): Promise<readonly string[]>;
  /** The number of stored bytes; 0 if it cannot be determined. */
  storedBytes(): Promise<number>;
  close(): Promise<void>;
}

/** A kind of place, and what its form can keep of an image. */
export interface SinkKind {
  readonly name: string;
  /** The manifest byte for byte, or else the layers as they are stored, or else only their tars. */
  readonly keeps: 'manifest' | 'layers' | 'tars';
  /** Takes indexes as well. @default false */
  readonly indexes?: boolean;
  /** Stores a layer for each time that the image has it. @default false */
  readonly repeats?: boolean;
  /** Takes only what can be run, and makes its own of it: no artifacts, no descriptors. @default false */
  readonly runsOnly?: boolean;
  /** Tells of its progress. @default true */
  readonly progress?: boolean;
  /** Opens no layer that it has already. @default false */
  readonly remembers?: boolean;
  /** Tools without which there is no such place. */
  readonly needs?: readonly PeerName[];
  /** Makes an empty place that keeps its files in this directory. */
  open(directory: string): Promise<Sink>;
  /** Ends what all places have in common. */
  stop?(): Promise<void>;
}
