import { index as emptyIndex } from '../empty/image-index.js';
import { appendManifests, type IndexAddendum } from '../mutate/index-children.js';
import { indexMediaType } from '../mutate/media-type.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import { platformOf } from '../v1/platform-match.js';
import { dockerManifestList, isConfig, isIndex } from '../v1/types.js';
import { get } from './get.js';
import type { CraneOptions } from './options.js';

export interface AppendToIndexOptions extends CraneOptions {
  /** Appends an index as one child, not each of its children. @default false */
  readonly nested?: boolean | undefined;
}

/** An index without manifests, of OCI's or Docker's media type. */
export function emptyBaseIndex(docker: boolean): ImageIndex {
  return docker ? indexMediaType(emptyIndex, dockerManifestList) : emptyIndex;
}

/** Adds what references name to an index; images get the platform of their config. */
export async function appendToIndex(
  base: ImageIndex,
  references: readonly string[],
  options: AppendToIndexOptions = {},
): Promise<ImageIndex> {
  const addenda: IndexAddendum[] = [];
  for (const reference of references) addenda.push(...(await addendaOf(reference, options)));
  return appendManifests(base, addenda);
}

async function addendaOf(
  reference: string,
  { nested, platform: _platform, ...options }: AppendToIndexOptions,
): Promise<readonly IndexAddendum[]> {
  const { signal } = options;
  const found = await get(reference, options);
  if (!isIndex(found.mediaType)) {
    const image = await found.image({ signal });
    // An artifact is listed with its type, which for an image says nothing.
    if (!isConfig((await image.manifest({ signal })).config.mediaType)) return [{ add: image }];
    const platform = platformOf(await image.configFile({ signal }));
    return [{ add: image, descriptor: { platform, artifactType: undefined } }];
  }
  const index = await found.imageIndex();
  if (nested === true) return [{ add: index }];
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
