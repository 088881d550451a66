import { keepingSpools } from '../../internal/files/kept-spools.js';
import type { ImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { Reference } from '../../name/reference.js';
import { push as pushRemote } from '../../remote/push.js';
import { type CraneOptions, remoteOptions } from '../names/options.js';
import { describePushed, type Pushed } from './pushed.js';

/**
 * Pushes an image or index that was made from the one at `target`. If `target` names a digest, the content has another
 * digest now and is pushed under that.
 */
export async function pushChanged(
  source: Image | ImageIndex,
  target: Reference,
  options: CraneOptions,
): Promise<Pushed> {
  const { signal } = options;
  const repository = target.context();
  return keepingSpools(async () => {
    const to = target.kind === 'tag' ? target : repository.digest(await source.digest({ signal }));
    await pushRemote(to, source, remoteOptions(options));
    return describePushed(source, (digest) => repository.digest(digest).name(), { signal });
  });
}
