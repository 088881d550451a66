import { keepingSpools } from '../internal/files/kept-spools.js';
import { newPusher } from '../remote/pusher.js';
import type { Layer } from '../v1/layer.js';
import { describePushed, type Pushed } from './locations/pushed.js';
import { assertSource, contentFrom, type ImageSource, locationIn } from './locations/source.js';
import { type CraneOptions, referenceOf, remoteOptions, repositoryOf } from './names/options.js';
import { sharedConnection } from './names/shared-connection.js';

/**
 * Pushes an image, or an index with everything that it lists, under one reference or under several. The source may also be
 * a reference or another location; of an index, `platform` selects one image. Blobs that the registry already has are not
 * sent again. The content is sent once to each repository; each further tag costs a HEAD and a PUT.
 *
 * @returns where to find the result by its digest; for several references one result for each, in their order.
 * @throws TypeError if `auth` has the credentials of one registry, and the references are in several.
 */
export async function push(source: ImageSource, reference: string, options?: CraneOptions): Promise<Pushed>;
export async function push(
  source: ImageSource,
  references: readonly string[],
  options?: CraneOptions,
): Promise<readonly Pushed[]>;
export async function push(
  source: ImageSource,
  given: string | readonly string[],
  options: CraneOptions = {},
): Promise<Pushed | readonly Pushed[]> {
  const { signal } = options;
  assertSource(source);
  const texts = Array.isArray(given) ? (given as readonly string[]) : [given as string];
  const targets = texts.map((text) => referenceOf(text, options));
  if (targets.length === 0) throw new TypeError('`references` must have at least one reference');
  const reuse = sharedConnection([locationIn(source), ...texts], options);
  const content = await contentFrom(source, { ...options, reuse });
  const pushed = await keepingSpools(async () => {
    await newPusher({ reuse }).multiWrite(
      targets.map((target) => [target, content]),
      { signal },
    );
    return Promise.all(
      targets.map(async (target) =>
        describePushed(content, (digest) => target.context().digest(digest).name(), { signal }),
      ),
    );
  });
  const [first] = pushed;
  return typeof given === 'string' && first !== undefined ? first : pushed;
}

/**
 * Pushes a single layer to a repository.
 *
 * @returns the layer by its digest, with its media type and its size in bytes.
 */
export async function upload(layer: Layer, repository: string, options: CraneOptions = {}): Promise<Pushed> {
  const { signal } = options;
  const target = repositoryOf(repository, options);
  return keepingSpools(async () => {
    await newPusher(remoteOptions(options)).upload(target, layer, { signal });
    return describePushed(layer, (digest) => target.digest(digest).name(), { signal });
  });
}
