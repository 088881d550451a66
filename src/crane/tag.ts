import { UnsupportedError } from '../errors/unsupported.js';
import { assertText } from '../internal/arguments.js';
import { newTag } from '../name/tag.js';
import { get } from '../remote/get.js';
import { newPusher } from '../remote/pusher.js';
import { tag as tagRemote } from '../remote/tag.js';
import { isHash } from '../v1/hash.js';
import type { Pushed } from './locations/pushed.js';
import { contentOf, find } from './locations/find.js';
import {
  assertLocation,
  formatLocation,
  type ImageLocation,
  type LayoutLocation,
  type RegistryLocation,
} from './names/location.js';
import { type CraneOptions, nameOptions, referenceOf, remoteOptions } from './names/options.js';
import { writeTo } from './locations/write-to.js';

/**
 * Adds a tag to the image or index at a location. In a registry the tag belongs to the same repository, and only the
 * manifest is transferred. In a layout the tag is one more entry of `index.json`. In a daemon `tagName` is a full
 * reference.
 *
 * @returns where to find the result by its digest; undefined for a daemon, which does not report a digest.
 * @throws UnsupportedError for an archive.
 */
export async function tag(
  location: string | RegistryLocation | LayoutLocation,
  tagName: string,
  options?: CraneOptions,
): Promise<Pushed>;
export async function tag(
  location: ImageLocation,
  tagName: string,
  options?: CraneOptions,
): Promise<Pushed | undefined>;
export async function tag(
  location: ImageLocation,
  tagName: string,
  options: CraneOptions = {},
): Promise<Pushed | undefined> {
  assertLocation(location);
  assertText('tagName', tagName, 'text such as `v1`');
  if (typeof location === 'string') return tagInRegistry(location, tagName, options);
  switch (location.kind) {
    case 'docker':
      return tagInRegistry(location.reference, tagName, options);
    case 'docker-daemon':
      await tagInDaemon(location.reference, tagName, options);
      return undefined;
    case 'oci': {
      // The layout has the blobs already and does not write them again.
      const content = await contentOf(await find(location, options), options);
      return writeTo(content, { kind: 'oci', path: location.path, tag: tagName }, options);
    }
    default:
      throw new UnsupportedError(`${formatLocation(location)}: an archive cannot be changed in place`, {
        hint: 'copy it to another one',
      });
  }
}

async function tagInDaemon(reference: string, tagName: string, options: CraneOptions): Promise<void> {
  const { tag: tagImage } = await import('../daemon/tag.js');
  const { daemon, signal } = options;
  const source = isHash(reference) ? reference : referenceOf(reference, options);
  const target = newTag(tagName, nameOptions(options));
  await tagImage(source, target, { ...daemon, signal });
}

async function tagInRegistry(reference: string, tagName: string, options: CraneOptions): Promise<Pushed> {
  const source = referenceOf(reference, options);
  const target = source.context().tag(tagName);
  const { signal } = options;
  const reuse = newPusher(remoteOptions(options));
  const found = await get(source, { reuse, signal });
  await tagRemote(target, found, { reuse, signal });
  const { digest, mediaType, size } = found;
  return { reference: target.context().digest(digest).name(), digest, mediaType, size };
}
