import { get } from '../remote/get.js';
import { newPusher } from '../remote/pusher.js';
import { tag as tagRemote } from '../remote/tag.js';
import { type CraneOptions, referenceOf, remoteOptions } from './options.js';

/** Gives what a reference names another tag in the same repository. Transfers the manifest only. */
export async function tag(reference: string, tagName: string, options: CraneOptions = {}): Promise<void> {
  const source = referenceOf(reference, options);
  const target = source.context().tag(tagName);
  const { signal } = options;
  const reuse = newPusher(remoteOptions(options));
  await tagRemote(target, await get(source, { reuse, signal }), { reuse, signal });
}
