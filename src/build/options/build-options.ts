import type { Readable } from 'node:stream';
import type { CraneOptions } from '../../crane/names/options.js';
import type { LayerCompressionOptions } from '../../partial/layers/layer-compression.js';
import type { Image } from '../../v1/image.js';
import type { Platform } from '../../v1/platform.js';

/** A step of a build: an instruction of a stage. */
export interface BuildStep {
  /** The name of the stage, or its number if it has none. */
  readonly stage: string;
  /** The platform, such as `linux/amd64`. */
  readonly platform: string;
  /** The number of the step in its stage, counted from 1. */
  readonly step: number;
  /** The number of steps of the stage. */
  readonly steps: number;
  /** The instruction as it is written. */
  readonly text: string;
  /** The line of the instruction. */
  readonly line: number;
}

/** A step of a build that begins or ends. */
export interface BuildEvent extends BuildStep {
  /** What the event is about: an instruction that is carried out, or a layer that is written. */
  readonly kind: 'step' | 'layer';
  /** Whether it begins or ends. */
  readonly state: 'started' | 'done';
  /** The bytes of the layer, when it is written. */
  readonly size?: number | undefined;
  /** How long it took, when it is done. */
  readonly durationMs?: number | undefined;
}

/** What is built, and how. */
export interface BuildOptions
  extends Omit<CraneOptions, 'platform' | 'onProgress' | 'stdin' | 'stdout'>, LayerCompressionOptions {
  /**
   * The files that COPY and ADD can use: the path of a directory or of a tar, or a stream of a tar. A tar may be compressed.
   * The rules of a `.dockerignore` are applied to a directory. The stream is read when the build begins.
   *
   * @default no files
   */
  readonly context?: string | Readable | undefined;
  /**
   * The Dockerfile: a path, or its text. A relative path is resolved against the context if that is a directory, and read
   * from it if it is a tar.
   *
   * @default Dockerfile
   */
  readonly dockerfile?: string | { readonly text: string } | undefined;
  /** The name or number of the stage to build. @default the last one */
  readonly target?: string | undefined;
  /** The values of ARG instructions. */
  readonly args?: Readonly<Record<string, string>> | undefined;
  /**
   * Contexts by name. FROM, `COPY --from` and a stage of that name use them instead of an image. A text is the path of a
   * directory or, with the prefix `docker-image://`, a reference, or, with `oci-layout://`, a layout in the form
   * `DIR[:TAG|@DIGEST]`.
   */
  readonly contexts?: Readonly<Record<string, string | Image>> | undefined;
  /** Labels that are added to those of the Dockerfile. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Annotations of the manifest; with several platforms, of each manifest. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /**
   * The directory for the files of the build: the new layers, and layers of base images that had to be read. The build makes
   * a directory of its own in it and writes nowhere else.
   *
   * @default the system's directory for temporary files
   */
  readonly workDirectory?: string | undefined;
  /**
   * The time in the config and the history, in seconds since 1970. The argument `SOURCE_DATE_EPOCH` does the same. The times
   * of files are kept, unless `rewriteTimestamps` is set.
   *
   * @default now
   */
  readonly sourceDateEpoch?: number | undefined;
  /** Replaces later times of files in new layers by `sourceDateEpoch`, which must be given. @default false */
  readonly rewriteTimestamps?: boolean | undefined;
  /** Gets an event when a step begins and ends. */
  readonly onProgress?: ((event: BuildEvent) => void) | undefined;
}

/** The options of a build for one platform. */
export interface ImageOptions extends BuildOptions {
  /** The platform to build for, such as `linux/arm64`. @default linux and the architecture of this machine */
  readonly platform?: Platform | string | undefined;
}

/** The options of a build for several platforms. */
export interface IndexOptions extends BuildOptions {
  /** The platforms to build for. */
  readonly platforms: readonly (Platform | string)[];
}
