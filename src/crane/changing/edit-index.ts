import { UnsupportedError } from '../../errors/unsupported.js';
import { index as emptyIndex } from '../../empty/image-index.js';
import { appendManifests, type IndexAddendum } from '../../mutate/views/index-children.js';
import { indexMediaType } from '../../mutate/views/media-type.js';
import { withPlatforms } from '../../mutate/views/with-platforms.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { ImageIndex } from '../../v1/image-index.js';
import { platformOf } from '../../v1/platform-match.js';
import { dockerManifestList, isConfig, isIndex } from '../../v1/types.js';
import { find } from '../locations/find.js';
import { type ImageLocation, locationText } from '../names/location.js';
import type { CraneOptions } from '../names/options.js';

export interface AppendToIndexOptions extends CraneOptions {
  /** Appends an index as one child. Without it, each child of that index is appended. @default false */
  readonly nested?: boolean | undefined;
}

/** An index without manifests, with the OCI or the Docker media type. */
export function emptyBaseIndex(docker: boolean): ImageIndex {
  return docker ? indexMediaType(emptyIndex, dockerManifestList) : emptyIndex;
}

/**
 * Adds the images and indexes at the given locations to an index. An image is listed with the platform of its config.
 *
 * @throws UnsupportedError for an image whose config has no platform, which no runtime could choose.
 */
export async function appendToIndex(
  base: ImageIndex,
  locations: readonly ImageLocation[],
  options: AppendToIndexOptions = {},
): Promise<ImageIndex> {
  const addenda: IndexAddendum[] = [];
  for (const location of locations) addenda.push(...(await addendaOf(location, options)));
  return appendManifests(base, addenda);
}

async function addendaOf(
  location: ImageLocation,
  { nested, platform: _platform, ...options }: AppendToIndexOptions,
): Promise<readonly IndexAddendum[]> {
  const { signal } = options;
  const found = await find(location, options);
  if (!isIndex(found.mediaType)) {
    const image = await found.image({ signal });
    // An artifact is listed with its artifact type. For an image that type has no meaning.
    if (!isConfig((await image.manifest({ signal })).config.mediaType)) return [{ add: image }];
    // The index that listed the image may know a variant or an OS version that the config does not have.
    const listed = (await image.descriptor?.({ signal }))?.platform;
    const platform = listed ?? platformOf(await image.configFile({ signal }));
    if (platform === undefined) {
      throw new UnsupportedError(`${locationText(location)} is an image without a platform`, {
        hint: 'no runtime could choose it from an index; `gantry mutate --set-platform` gives it one',
      });
    }
    // Annotations of the image, or of the index that listed it, do not belong to the new index.
    return [{ add: image, descriptor: { platform, artifactType: undefined, annotations: undefined } }];
  }
  const appended = await found.imageIndex({ signal });
  if (nested === true) return [{ add: appended }];
  const index = withPlatforms(appended);
  const { manifests } = await index.indexManifest({ signal });
  return Promise.all(
    manifests.map(async (child) => ({ add: await childOf(index, child, signal), descriptor: child })),
  );
}

async function childOf(
  index: ImageIndex,
  { digest, mediaType }: Descriptor,
  signal: AbortSignal | undefined,
) {
  return isIndex(mediaType) ? index.imageIndex(digest, { signal }) : index.image(digest, { signal });
}
