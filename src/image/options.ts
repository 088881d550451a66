import type { ImageSource } from '../crane/locations/source.js';
import type { Owner } from '../crane/files/file-entry.js';
import type { FileMap } from '../crane/files/layer.js';
import type { CraneOptions } from '../crane/names/options.js';
import type { ByteSource } from '../internal/streams/web.js';
import type { LayerCompressionOptions } from '../partial/layers/layer-compression.js';
import type { Layer } from '../v1/layer.js';
import type { Platform } from '../v1/platform.js';

/** The content of files by their path. A text is written in UTF-8. A stream is read once, when the build begins. */
export type FileContents = Readonly<Record<string, string | Uint8Array | ByteSource>>;

/** Files to copy, with the metadata that they get in the image. */
export interface CopyFiles {
  /** A file or directory of this machine, or the content of files, whose paths are relative to `to`. */
  readonly from: string | FileContents;
  /**
   * The path in the image. A relative path starts in the working directory of the image. The content of a directory is put
   * into it. A file gets this name, or keeps its own in this directory if the path ends with a slash.
   */
  readonly to: string;
  /**
   * The owner, as numbers: `{ uid, gid }`, `1000` or `'1000:1000'`. If a directory is copied, `to` itself belongs to that
   * owner as well, even if the base has it.
   *
   * @default root
   */
  readonly owner?: Owner | number | string | undefined;
  /**
   * Permissions of all files, such as 0o755; a directory can also be entered by everyone who can read it. `keep` keeps those
   * on this machine. `portable` gives everyone the rights of the owner except the right to write.
   *
   * @default 'portable', and 0o644 for contents
   */
  readonly mode?: number | 'keep' | 'portable' | undefined;
  /** Only files of the directory that match one of these patterns are copied. They have the form of a `.dockerignore`. */
  readonly include?: readonly string[] | undefined;
  /** Lines as in a `.dockerignore` for files of the directory that are not copied. They apply after `include`. */
  readonly exclude?: readonly string[] | undefined;
  /** A file with such lines; `false` for none. @default the `.dockerignore` of the directory, if it exists */
  readonly ignoreFile?: string | false | undefined;
  /**
   * Copies what the symbolic links in a directory lead to, also outside of it, instead of the links. A link to a directory
   * that contains it is an error. `from` itself is always followed.
   *
   * @default false
   */
  readonly followLinks?: boolean | undefined;
  /** The time of the files, or `keep`. @default 1970-01-01T00:00:00Z */
  readonly time?: Date | 'keep' | undefined;
}

/**
 * Files for one layer: a relative path of this machine, which has the same path in the working directory of the image; files
 * with their metadata; or contents by their path from the root of the image.
 */
export type CopySource = string | CopyFiles | FileContents;

/**
 * One layer: the path of a tar, a tar as bytes or as a stream, a finished layer, or contents by their path. A tar may be
 * compressed with gzip or zstd, and then keeps its bytes. A stream, such as a pack of tar-stream, is read when the build
 * begins.
 */
export type LayerInput = string | Uint8Array | ByteSource | Layer | FileMap;

/** How a container is checked; see {@link BuildOptions.healthcheck}. */
export interface Healthcheck {
  /** The command as a list of words. */
  readonly cmd: readonly string[];
  /** Milliseconds between two checks. */
  readonly intervalMs?: number | undefined;
  /** Milliseconds after which a check has failed. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds after the start in which a failure does not count. */
  readonly startPeriodMs?: number | undefined;
  /** Milliseconds between two checks during the start period. */
  readonly startIntervalMs?: number | undefined;
  /** Failures in a row that make the container unhealthy. */
  readonly retries?: number | undefined;
}

/** What an image is built from. Settings that are not given are those of the base. */
export interface BuildOptions
  extends
    Omit<CraneOptions, 'platform' | 'onProgress' | 'stdout' | 'allowNondistributableArtifacts'>,
    LayerCompressionOptions {
  /**
   * The base: a reference, a location, an image or an index; `scratch` for none. The options for registries, such as `auth`,
   * are used to read it. Its layers are not read.
   *
   * @default 'scratch'
   */
  readonly from?: ImageSource | undefined;
  /** The files to copy. Each entry becomes a layer. A function returns the entries for a platform. */
  readonly copy?: readonly CopySource[] | ((platform: Platform) => readonly CopySource[]) | undefined;
  /** Layers above those of `copy`. A function returns the layers for a platform. */
  readonly layers?: readonly LayerInput[] | ((platform: Platform) => readonly LayerInput[]) | undefined;
  /**
   * Variables, as an object or as a list of `NAME=value`. One replaces the variable of the base with that name in its place;
   * new ones are added at the end. Nothing is expanded in a value.
   */
  readonly env?: Readonly<Record<string, string>> | readonly string[] | undefined;
  /** The command as a list of words. As in Docker, it removes the `cmd` of the base. An empty list removes both. */
  readonly entrypoint?: readonly string[] | undefined;
  /** The arguments of the entrypoint, or the command if there is no entrypoint. An empty list removes it. */
  readonly cmd?: readonly string[] | undefined;
  /** The user, and perhaps its group: `1000`, `'1000:1000'` or `'node'`. */
  readonly user?: string | number | undefined;
  /** The working directory. A relative path starts in that of the base. The runtime creates it if it does not exist. */
  readonly workdir?: string | undefined;
  /** Labels that are added to those of the base. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** Annotations of the manifest; with several platforms, of each manifest. */
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** Ports that are added to those of the base: `80`, `'53/udp'` or `'8000-8010'`. */
  readonly ports?: readonly (number | string)[] | undefined;
  /** Paths of volumes that are added to those of the base. */
  readonly volumes?: readonly string[] | undefined;
  /** The signal that stops a container, such as `SIGTERM`, or its number. */
  readonly stopSignal?: string | number | undefined;
  /** How a container is checked; `false` turns the check of the base off. */
  readonly healthcheck?: Healthcheck | false | undefined;
  /** The shell for `RUN` in Dockerfiles that use the image, as a list of words. */
  readonly shell?: readonly string[] | undefined;
  /** Name and address of the person or tool that makes the image. */
  readonly author?: string | undefined;
  /**
   * The time in the config and in the history. As in ko and jib it does not depend on the clock, so that the same build gives
   * the same digest. It does not change the times of files, so a new time does not make new layers.
   *
   * @default 1970-01-01T00:00:00Z
   */
  readonly created?: Date | undefined;
}

/** The options of a build for one platform. */
export interface ImageOptions extends BuildOptions {
  /** The platform. @default that of the base; linux/amd64 if the base is an index, or is `scratch` */
  readonly platform?: Platform | string | undefined;
  /** The builds for several platforms have the type {@link IndexOptions}. */
  readonly platforms?: undefined;
}

/** The options of a build for several platforms. */
export interface IndexOptions extends BuildOptions {
  /** The platforms. The base must have an image for each. */
  readonly platforms: readonly (Platform | string)[];
  /** The build for one platform has the type {@link ImageOptions}. */
  readonly platform?: undefined;
}
