import { index as emptyIndex } from '../../empty/image-index.js';
import { appendManifests, type IndexAddendum } from '../../mutate/views/index-children.js';
import { indexMediaType } from '../../mutate/views/media-type.js';
import { withPlatforms } from '../../mutate/views/with-platforms.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { ImageIndex } from '../../v1/image-index.js';
import { platformOf } from '../../v1/platform-match.js';
import { dockerManifestList, isConfig, isIndex } from '../../v1/types.js';
import { find } from '../locations/find.js';
import type { Place } from '../locations/location.js';
import type { CraneOptions } from '../locations/options.js';

export interface AppendToIndexOptions extends CraneOptions {
  /** Appends an index as one child, not each of its children. @default false */
  readonly nested?: boolean | undefined;
}

/** An index without manifests, of OCI's or Docker's media type. */
export function emptyBaseIndex(docker: boolean): ImageIndex {
  return docker ? indexMediaType(emptyIndex, dockerManifestList) : emptyIndex;
}

/** Adds what is at places to an index; images get the platform of their config. */
export async function appendToIndex(
  base: ImageIndex,
  places: readonly Place[],
  options: AppendToIndexOptions = {},
): Promise<ImageIndex> {
  const addenda: IndexAddendum[] = [];
  for (const place of places) addenda.push(...(await addendaOf(place, options)));
  return appendManifests(base, addenda);
}

async function addendaOf(
  place: Place,
  { nested, platform: _platform, ...options }: AppendToIndexOptions,
): Promise<readonly IndexAddendum[]> {
  const { signal } = options;
  const found = await find(place, options);
  if (!isIndex(found.mediaType)) {
    const image = await found.image({ signal });
    // An artifact is listed with its type, which for an image says nothing.
    if (!isConfig((await image.manifest({ signal })).config.mediaType)) return [{ add: image }];
    // A variant, or a version of the OS, may be told where it was found alone.
    const listed = (await image.descriptor?.({ signal }))?.platform;
    const platform = listed ?? platformOf(await image.configFile({ signal }));
    // Nor are annotations of the image, or of where it was found, any of the index's.
    return [{ add: image, descriptor: { platform, artifactType: undefined, annotations: undefined } }];
  }
  const whole = await found.imageIndex({ signal });
  if (nested === true) return [{ add: whole }];
  const index = withPlatforms(whole);
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
