import { keepingSpools } from '../../internal/files/kept-spools.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Reference } from '../../name/reference.js';
import { push as pushRemote } from '../../remote/push.js';
import { type CraneOptions, remoteOptions } from './options.js';
import type { Pushed } from './push-from.js';

/** Pushes what was made of `target`, or is to have its name. A digest names something else now, so the new one takes its place. */
export async function pushChanged(
  source: Image | ImageIndex,
  target: Reference,
  options: CraneOptions,
): Promise<Pushed> {
  return keepingSpools(async () => pushAndTell(source, target, options));
}

async function pushAndTell(
  source: Image | ImageIndex,
  target: Reference,
  options: CraneOptions,
): Promise<Pushed> {
  const { signal } = options;
  const repository = target.context();
  const to = target.kind === 'tag' ? target : repository.digest(await source.digest({ signal }));
  await pushRemote(to, source, remoteOptions(options));
  // Only now: of a stream it is known when it was sent.
  const digest = await source.digest({ signal });
  return {
    reference: repository.digest(digest).name(),
    digest,
    mediaType: await source.mediaType({ signal }),
    size: await source.size({ signal }),
  };
}
