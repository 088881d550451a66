import { stat } from 'node:fs/promises';
import { BadNameError } from '../../errors/invalid/name.js';
import { name as named } from '../../match/matchers.js';
import { mustParseReference } from '../../name/parse-reference.js';
import type { Tag } from '../../name/reference.js';
import { newTag } from '../../name/tag.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { chooseImage } from './choose-image.js';
import {
  type ArchiveLocation,
  formatLocation,
  type LayoutLocation,
  type Location,
  type Place,
} from './location.js';
import { ociName } from './oci-name.js';
import { type CraneOptions, platformOf, referenceOf } from './options.js';
import { pushChanged } from './push-changed.js';
import type { Pushed } from './push-from.js';

/**
 * Writes an image, or an index with all its platforms, to a place, wherever that is. An archive takes the place of one
 * that is there; in a layout an entry with the same tag is replaced, and all others stay. Where there is room for
 * one platform only, which is an archive for `docker load` or a daemon, that of `platform` is taken, or linux/amd64.
 *
 * @returns how to find it: of a registry and a layout by its digest.
 */
export async function writeTo(
  content: Image | ImageIndex,
  place: Place,
  options: CraneOptions = {},
): Promise<Pushed> {
  const location: Location = typeof place === 'string' ? { kind: 'docker', reference: place } : place;
  const { signal } = options;
  switch (location.kind) {
    case 'docker':
      return pushChanged(content, referenceOf(location.reference, options), options);
    case 'oci': {
      await toLayout(content, location, options);
      const digest = await content.digest({ signal });
      return pushed(content, formatLocation({ kind: 'oci', path: location.path, digest }), options);
    }
    case 'oci-archive':
      await toOciArchive(content, location, options);
      return pushed(content, formatLocation(location), options);
    case 'path':
      if (await isDirectory(location.path)) return writeTo(content, { ...location, kind: 'oci' }, options);
      return writeTo(content, { ...location, kind: 'docker-archive' }, options);
    case 'docker-archive': {
      const image = await oneImage(content, formatLocation(location), options);
      await toDockerArchive(image, location, options);
      return pushed(image, formatLocation(location), options);
    }
    case 'docker-daemon': {
      const image = await oneImage(content, formatLocation(location), options);
      const { jobs, onProgress, daemon } = options;
      const tag = tagOf(location.reference, options);
      const { write } = await import('../../daemon/write.js');
      await write(tag, image, { ...daemon, signal, jobs, onProgress });
      return pushed(image, formatLocation(location), options);
    }
  }
}

async function pushed(
  content: Image | ImageIndex,
  reference: string,
  { signal }: CraneOptions,
): Promise<Pushed> {
  return {
    reference,
    digest: await content.digest({ signal }),
    mediaType: await content.mediaType({ signal }),
    size: await content.size({ signal }),
  };
}

async function oneImage(content: Image | ImageIndex, subject: string, options: CraneOptions): Promise<Image> {
  if (!isImageIndex(content)) return content;
  return chooseImage(content, subject, platformOf(options.platform), { signal: options.signal });
}

async function toLayout(
  content: Image | ImageIndex,
  location: LayoutLocation,
  options: CraneOptions,
): Promise<void> {
  const { path, tag } = withoutDigest(location);
  const { signal, jobs, onProgress } = options;
  const { fromPath } = await import('../../layout/from-path.js');
  const layout = await fromPath(path, { create: true, signal });
  const how = {
    signal,
    jobs,
    onProgress,
    ...(tag !== undefined && { annotations: { 'org.opencontainers.image.ref.name': tag } }),
  };
  const isIndex = isImageIndex(content);
  if (tag === undefined)
    await (isIndex ? layout.appendIndex(content, how) : layout.appendImage(content, how));
  else if (isIndex) await layout.replaceIndex(content, named(tag), how);
  else await layout.replaceImage(content, named(tag), how);
}

async function toOciArchive(
  content: Image | ImageIndex,
  location: ArchiveLocation,
  options: CraneOptions,
): Promise<void> {
  const { path, tag } = withoutDigest(location);
  const { multiWriteOci, multiWriteOciToFile } = await import('../../tarball/write-oci.js');
  const contents = [[ociName(tag, options), content]] as const;
  const { signal, jobs, onProgress } = options;
  if (path === '-')
    await multiWriteOci(contents, options.stdout ?? process.stdout, { signal, jobs, onProgress });
  else await multiWriteOciToFile(path, contents, { signal, jobs, onProgress });
}

async function toDockerArchive(
  image: Image,
  location: ArchiveLocation,
  options: CraneOptions,
): Promise<void> {
  const { path, tag } = withoutDigest(location);
  const { multiRefWrite, multiRefWriteToFile } = await import('../../tarball/write.js');
  const reference = tag === undefined ? UNTAGGED : tagOf(tag, options);
  const images = [[reference, image]] as const;
  const { signal, jobs, onProgress } = options;
  if (path === '-')
    await multiRefWrite(images, options.stdout ?? process.stdout, { signal, jobs, onProgress });
  else await multiRefWriteToFile(path, images, { signal, jobs, onProgress });
}

/** A reference by digest, which archives do not note. */
const UNTAGGED = mustParseReference(
  'untagged@sha256:0000000000000000000000000000000000000000000000000000000000000000',
);

function tagOf(text: string, { strict, insecure, defaultRegistry, defaultTag }: CraneOptions): Tag {
  return newTag(text, { strict, insecure, defaultRegistry, defaultTag });
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function withoutDigest<T extends LayoutLocation | ArchiveLocation>(location: T): T {
  if (location.digest === undefined) return location;
  throw new BadNameError(formatLocation(location), 'what is written gets a tag, not a digest');
}
