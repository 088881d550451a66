import { image as emptyImage } from '../empty/image.js';
import { index as emptyIndex } from '../empty/image-index.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { annotations } from '../mutate/annotations.js';
import { append } from '../mutate/append.js';
import { configFile } from '../mutate/config.js';
import { appendManifests } from '../mutate/views/index-children.js';
import { configMediaType, mediaType } from '../mutate/views/media-type.js';
import type { Config, ConfigFile, History } from '../v1/config-file.js';
import type { Annotations } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { Platform } from '../v1/platform.js';
import { ociConfigJson, ociManifestSchema1 } from '../v1/types.js';

/** The image below the first layer of an image without a base. */
export const scratch = configMediaType(mediaType(emptyImage, ociManifestSchema1), ociConfigJson);

/** What an image is made of. */
export interface ImageParts {
  readonly base: Image;
  /** The config of the base; undefined if the image has none. */
  readonly baseConfig: ConfigFile | undefined;
  /** The new layers. */
  readonly layers: readonly Layer[];
  /** The new steps. Those without `empty_layer` belong to the layers, in their order. */
  readonly history: readonly History[];
  /** The complete settings of the image, with those of the base. */
  readonly config: Config;
  /** Fields that replace those of the base. */
  readonly platform: Platform;
  /** The time of the image. */
  readonly created: string;
  readonly author?: string | undefined;
  readonly annotations?: Annotations | undefined;
}

/** Makes an image of its base, new layers and a config, whose fields have the order in which BuildKit writes them. */
export async function assembleImage(parts: ImageParts, { signal }: AbortOptions): Promise<Image> {
  const { base, baseConfig, layers, platform, created, author, config } = parts;
  const diffIds = await Promise.all(layers.map(async (layer) => layer.diffId({ signal })));
  const rest = [...layers];
  const addenda = parts.history.map((history) =>
    history.empty_layer === true ? { history } : { history, layer: rest.shift() },
  );
  const appended = append(base, addenda);
  // The history is that of the appended image, which has a step for every layer of the base.
  const { history } = await appended.configFile({ signal });
  const image = configFile(appended, {
    ...baseConfig,
    ...platform,
    created,
    ...(author !== undefined && { author }),
    config,
    rootfs: { type: 'layers', diff_ids: [...(baseConfig?.rootfs.diff_ids ?? []), ...diffIds] },
    ...(history && { history }),
  });
  const { annotations: added = {} } = parts;
  return Object.keys(added).length === 0 ? image : annotations(image, added);
}

/** An index of images for several platforms. Each entry has the platform of the config of its image. */
export function platformIndex(images: readonly Image[]): ImageIndex {
  return appendManifests(
    emptyIndex,
    images.map((add) => ({ add })),
  );
}

/** The fields of a config that are its platform. */
export function platformIn({ architecture, os, variant }: ConfigFile): Platform {
  return { architecture, os, ...(variant !== undefined && { variant }) };
}
