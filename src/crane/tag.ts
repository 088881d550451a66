import { UnsupportedError } from '../errors/unsupported.js';
import { newTag } from '../name/tag.js';
import { get } from '../remote/get.js';
import { newPusher } from '../remote/pusher.js';
import { tag as tagRemote } from '../remote/tag.js';
import { isHash } from '../v1/hash.js';
import { contentOf, find } from './locations/find.js';
import { formatLocation, type Place } from './locations/location.js';
import { type CraneOptions, referenceOf, remoteOptions } from './locations/options.js';
import { writeTo } from './locations/write-to.js';

/**
 * Gives what is at a place another tag: in a registry one in the same repository, where only the manifest is transferred, in a
 * layout another entry, in a daemon another name in full.
 *
 * @throws {@link UnsupportedError} for an archive.
 */
export async function tag(place: Place, tagName: string, options: CraneOptions = {}): Promise<void> {
  if (typeof place === 'string') {
    await tagInRegistry(place, tagName, options);
    return;
  }
  switch (place.kind) {
    case 'docker':
      await tagInRegistry(place.reference, tagName, options);
      return;
    case 'docker-daemon':
      await tagInDaemon(place.reference, tagName, options);
      return;
    case 'oci': {
      // What the layout has is not written again.
      const content = await contentOf(await find(place, options), options);
      await writeTo(content, { kind: 'oci', path: place.path, tag: tagName }, options);
      return;
    }
    default:
      throw new UnsupportedError(`${formatLocation(place)}: archives are not changed in place`, {
        hint: 'copy it to another one',
      });
  }
}

async function tagInDaemon(reference: string, tagName: string, options: CraneOptions): Promise<void> {
  const { tag: tagImage } = await import('../daemon/tag.js');
  const { daemon, signal, strict, insecure, defaultRegistry, defaultTag } = options;
  const source = isHash(reference) ? reference : referenceOf(reference, options);
  const target = newTag(tagName, { strict, insecure, defaultRegistry, defaultTag });
  await tagImage(source, target, { ...daemon, signal });
}

async function tagInRegistry(reference: string, tagName: string, options: CraneOptions): Promise<void> {
  const source = referenceOf(reference, options);
  const target = source.context().tag(tagName);
  const { signal } = options;
  const reuse = newPusher(remoteOptions(options));
  await tagRemote(target, await get(source, { reuse, signal }), { reuse, signal });
}
