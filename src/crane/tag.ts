import { UnsupportedError } from '../errors/unsupported.js';
import { newTag } from '../name/tag.js';
import { get } from '../remote/get.js';
import { newPusher } from '../remote/pusher.js';
import { tag as tagRemote } from '../remote/tag.js';
import { isHash } from '../v1/hash.js';
import { contentOf, find } from './locations/find.js';
import { formatLocation, type ImageLocation } from './names/location.js';
import { type CraneOptions, nameOptions, referenceOf, remoteOptions } from './names/options.js';
import { writeTo } from './locations/write-to.js';

/**
 * Adds a tag to the image or index at a location. In a registry the tag belongs to the same repository, and only the
 * manifest is transferred. In a layout the tag is one more entry of `index.json`. In a daemon `tagName` is a full
 * reference.
 *
 * @throws UnsupportedError for an archive.
 */
export async function tag(
  location: ImageLocation,
  tagName: string,
  options: CraneOptions = {},
): Promise<void> {
  if (typeof location === 'string') {
    await tagInRegistry(location, tagName, options);
    return;
  }
  switch (location.kind) {
    case 'docker':
      await tagInRegistry(location.reference, tagName, options);
      return;
    case 'docker-daemon':
      await tagInDaemon(location.reference, tagName, options);
      return;
    case 'oci': {
      // The layout has the blobs already and does not write them again.
      const content = await contentOf(await find(location, options), options);
      await writeTo(content, { kind: 'oci', path: location.path, tag: tagName }, options);
      return;
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

async function tagInRegistry(reference: string, tagName: string, options: CraneOptions): Promise<void> {
  const source = referenceOf(reference, options);
  const target = source.context().tag(tagName);
  const { signal } = options;
  const reuse = newPusher(remoteOptions(options));
  await tagRemote(target, await get(source, { reuse, signal }), { reuse, signal });
}
