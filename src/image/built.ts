import type { ImageLocation, Location } from '../crane/names/location.js';
import { parsePathLocation } from '../crane/names/location.js';
import type { CraneOptions } from '../crane/names/options.js';
import { isDirectory, writeTo } from '../crane/locations/write-to.js';
import type { Pushed } from '../crane/locations/pushed.js';
import { type ImageIndex, isImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { textOf } from './checks.js';
import { localPlatform } from './platforms.js';

/** Where the result of a build can be written. No method uses options of the build: each takes its own. */
export interface BuildOutputs {
  /** Pushes to a registry. Layers of the base that the registry has already are mounted and not sent. */
  push(reference: string, options?: CraneOptions): Promise<Pushed>;
  /**
   * Writes to the disk, or to any other location. A text is a path or has a prefix, such as `oci:DIR:TAG`. A path of an
   * existing directory gets a layout. Otherwise an image becomes an archive for `docker load`, and an index an OCI archive,
   * because the former holds one platform only.
   */
  save(location: string | Location, options?: CraneOptions): Promise<Pushed>;
  /**
   * Loads into a Docker Engine or podman under a tag. Of an index, it is the image for `platform`, or for Linux on the
   * architecture of this machine.
   */
  load(tag: string, options?: CraneOptions): Promise<Pushed>;
}

/** The result of a build, which can be written by its methods. Disposing of it removes temporary files of the build. */
export type Built<T extends Image | ImageIndex> = T & BuildOutputs & AsyncDisposable;

/** Adds the methods that write an image or index. `remove` frees what the build keeps. */
export function builtFrom<T extends Image | ImageIndex>(content: T, remove: () => Promise<void>): Built<T> {
  const write = async (location: ImageLocation, options?: CraneOptions): Promise<Pushed> =>
    writeTo(content, location, options);
  const outputs: BuildOutputs & AsyncDisposable = {
    push: async (reference, options) => {
      textOf(reference, 'reference', 'a reference such as registry.example.com/team/app:v1');
      return write(reference, options);
    },
    save: async (location, options) => {
      if (typeof location !== 'object')
        textOf(location, 'location', 'a path, or a location such as oci:DIR:TAG');
      return write(await savedLocation(content, location), options);
    },
    load: async (tag, options) => {
      textOf(tag, 'tag', 'a tag such as team/app:v1');
      const platform = options?.platform ?? (isImageIndex(content) ? localPlatform() : undefined);
      return write({ kind: 'docker-daemon', reference: tag }, { ...options, platform });
    },
    [Symbol.asyncDispose]: remove,
  };
  const built: Built<T> = { ...content, ...outputs };
  return Object.freeze(built);
}

async function savedLocation(content: Image | ImageIndex, given: string | Location): Promise<Location> {
  const location = typeof given === 'string' ? parsePathLocation(given) : given;
  if (location.kind !== 'path' || !isImageIndex(content) || (await isDirectory(location.path)))
    return location;
  return { ...location, kind: 'oci-archive' };
}
