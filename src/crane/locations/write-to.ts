import { stat } from 'node:fs/promises';
import { BadNameError } from '../../errors/invalid/name.js';
import { assertOptions } from '../../internal/arguments.js';
import { name as named } from '../../match/matchers.js';
import { mustParseReference } from '../../name/parse-reference.js';
import type { Tag } from '../../name/reference.js';
import { newTag } from '../../name/tag.js';
import { assertContent } from '../../v1/assert-content.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import { chooseImage } from './choose-image.js';
import {
  type ArchiveLocation,
  assertLocation,
  formatLocation,
  type LayoutLocation,
  type Location,
  type ImageLocation,
} from '../names/location.js';
import { ociName } from '../names/oci-name.js';
import { type CraneOptions, nameOptions, platformOf, referenceOf } from '../names/options.js';
import { pushChanged } from './push-changed.js';
import { describePushed, type Pushed } from './pushed.js';

/**
 * Writes an image, or an index with everything that it lists, to any location. An existing archive is replaced. In a layout,
 * an entry with the same tag is replaced, and all other entries stay. An archive for `docker load` and a daemon take only
 * one image: of an index, the image for `platform` or for linux/amd64.
 *
 * @returns where to find the result. For a registry and a layout that is its digest.
 */
export async function writeTo(
  content: Image | ImageIndex,
  location: ImageLocation,
  options: CraneOptions = {},
): Promise<Pushed> {
  assertContent('content', content);
  assertLocation(location);
  assertOptions(options);
  const parsed: Location = typeof location === 'string' ? { kind: 'docker', reference: location } : location;
  const { signal } = options;
  switch (parsed.kind) {
    case 'docker':
      return pushChanged(content, referenceOf(parsed.reference, options), options);
    case 'oci': {
      await toLayout(content, parsed, options);
      const { kind, path } = parsed;
      return describePushed(content, (digest) => formatLocation({ kind, path, digest }), { signal });
    }
    case 'oci-archive':
      await toOciArchive(content, parsed, options);
      return describePushed(content, () => formatLocation(parsed), { signal });
    case 'path':
      if (await isDirectory(parsed.path)) return writeTo(content, { ...parsed, kind: 'oci' }, options);
      return writeTo(content, { ...parsed, kind: 'docker-archive' }, options);
    case 'docker-archive': {
      const image = await oneImage(content, formatLocation(parsed), options);
      await toDockerArchive(image, parsed, options);
      return describePushed(image, () => formatLocation(parsed), { signal });
    }
    case 'docker-daemon': {
      const image = await oneImage(content, formatLocation(parsed), options);
      const { jobs, onProgress, daemon } = options;
      const tag = tagOf(parsed.reference, options);
      const { write } = await import('../../daemon/write.js');
      await write(tag, image, { ...daemon, signal, jobs, onProgress });
      return describePushed(image, () => formatLocation(parsed), { signal });
    }
  }
}

async function oneImage(content: Image | ImageIndex, subject: string, options: CraneOptions): Promise<Image> {
  if (!isImageIndex(content)) return content;
  return chooseImage(content, subject, platformOf(options.platform), { signal: options.signal });
}

async function toLayout(
  content: Image | ImageIndex,
  parsed: LayoutLocation,
  options: CraneOptions,
): Promise<void> {
  const { path, tag } = withoutDigest(parsed);
  const { signal, jobs, onProgress } = options;
  const { fromPath } = await import('../../layout/from-path.js');
  const layout = await fromPath(path, { create: true, signal });
  const entryOptions = {
    signal,
    jobs,
    onProgress,
    ...(tag !== undefined && { annotations: { 'org.opencontainers.image.ref.name': tag } }),
  };
  const isIndex = isImageIndex(content);
  if (tag === undefined)
    await (isIndex ? layout.appendIndex(content, entryOptions) : layout.appendImage(content, entryOptions));
  else if (isIndex) await layout.replaceIndex(content, named(tag), entryOptions);
  else await layout.replaceImage(content, named(tag), entryOptions);
}

async function toOciArchive(
  content: Image | ImageIndex,
  parsed: ArchiveLocation,
  options: CraneOptions,
): Promise<void> {
  const { path, tag } = withoutDigest(parsed);
  const { multiWriteOci, multiWriteOciToFile } = await import('../../tarball/write-oci.js');
  const contents = [[ociName(tag, options), content]] as const;
  const { signal, jobs, onProgress } = options;
  if (path === '-')
    await multiWriteOci(contents, options.stdout ?? process.stdout, { signal, jobs, onProgress });
  else await multiWriteOciToFile(path, contents, { signal, jobs, onProgress });
}

async function toDockerArchive(image: Image, parsed: ArchiveLocation, options: CraneOptions): Promise<void> {
  const { path, tag } = withoutDigest(parsed);
  const { multiRefWrite, multiRefWriteToFile } = await import('../../tarball/write.js');
  const reference = tag === undefined ? UNTAGGED : tagOf(tag, options);
  const images = [[reference, image]] as const;
  const { signal, jobs, onProgress } = options;
  if (path === '-')
    await multiRefWrite(images, options.stdout ?? process.stdout, { signal, jobs, onProgress });
  else await multiRefWriteToFile(path, images, { signal, jobs, onProgress });
}

/** Stands for an image without a tag: archives do not store a reference by digest. */
const UNTAGGED = mustParseReference(
  'untagged@sha256:0000000000000000000000000000000000000000000000000000000000000000',
);

function tagOf(text: string, options: CraneOptions): Tag {
  return newTag(text, nameOptions(options));
}

/** Whether a path is that of a directory, in which an image is written as a layout. */
export async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function withoutDigest<T extends LayoutLocation | ArchiveLocation>(parsed: T): T {
  if (parsed.digest === undefined) return parsed;
  throw new BadNameError(formatLocation(parsed), 'a target can have a tag, but not a digest');
}
