import { image as emptyImage } from '../../empty/image.js';
import { mapLimit } from '../../internal/async/limit.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { annotations } from '../../mutate/annotations.js';
import { append } from '../../mutate/append.js';
import { configFile } from '../../mutate/config.js';
import { familyOf } from '../../mutate/views/family.js';
import { layerTypeFor } from '../../mutate/layers/slots.js';
import { configMediaType, mediaType } from '../../mutate/views/media-type.js';
import type { ConfigFile } from '../../v1/config-file.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import type { Platform } from '../../v1/platform.js';
import { ociConfigJson, ociManifestSchema1 } from '../../v1/types.js';
import type { BuildOptions } from '../options/build-options.js';
import type { WorkDirectory } from '../options/work-directory.js';
import type { BaseTrees } from '../stages/base-trees.js';
import type { StageResult } from '../stages/stage-result.js';
import { writeLayer } from './write-layer.js';

/** Layers that are written at the same time. */
const LAYERS_AT_ONCE = 2;

/** What an image is assembled with. */
export interface AssembleOptions extends AbortOptions {
  readonly work: WorkDirectory;
  readonly trees: BaseTrees;
  readonly build: BuildOptions;
  /** The time of the image. */
  readonly created: string;
  /** Undefined if the platform is the one of the base. */
  readonly platform: Platform | undefined;
}

/** Writes the new layers of a stage, and makes the image of its base, these layers and the config. */
export async function assembleImage(result: StageResult, options: AssembleOptions): Promise<Image> {
  const { build, trees, signal } = options;
  const base = result.base === undefined ? ociBase : trees.cached(result.base.image);
  const layers = await writeLayers(result, base, options);
  const diffIds = await Promise.all(layers.map(async (layer) => layer.diffId({ signal })));
  const baseConfig = result.base?.config;
  const config = finalConfig(result, options, [...(baseConfig?.rootfs.diff_ids ?? []), ...diffIds]);
  const rest = [...layers];
  const addenda = result.history.map((history) =>
    history.empty_layer === true ? { history } : { history, layer: rest.shift() },
  );
  const appended = append(base, addenda);
  // The history is that of the appended image, which has a step for every layer of the base.
  const { history } = await appended.configFile({ signal });
  const image = configFile(appended, { ...config, ...(history && { history }) });
  return build.annotations === undefined ? image : annotations(image, build.annotations);
}

/** The image below the layers of `FROM scratch`. */
const ociBase = configMediaType(mediaType(emptyImage, ociManifestSchema1), ociConfigJson);

async function writeLayers(
  { layers }: StageResult,
  base: Image,
  { work, build, signal }: AssembleOptions,
): Promise<readonly Layer[]> {
  const { compression, compressionLevel, rewriteTimestamps, sourceDateEpoch, onProgress } = build;
  const family = familyOf(await base.mediaType({ signal }));
  const type = layerTypeFor(compression, family);
  return mapLimit(
    layers,
    LAYERS_AT_ONCE,
    async (layer, { signal }) => {
      const { step } = layer;
      onProgress?.({ kind: 'layer', state: 'started', ...step });
      const started = performance.now();
      const written = await writeLayer(layer, {
        ...{ work, compression, compressionLevel, signal, mediaType: type },
        ...(rewriteTimestamps === true && { maxSeconds: sourceDateEpoch }),
      });
      onProgress?.({
        ...{ kind: 'layer', state: 'done', ...step },
        size: await written.size({ signal }),
        durationMs: performance.now() - started,
      });
      return written;
    },
    { signal },
  );
}

/** The config in the order of fields in which BuildKit writes it. */
function finalConfig(
  { base, stage, platform: stagePlatform }: StageResult,
  { build, created, platform: chosen }: AssembleOptions,
  diffIds: ConfigFile['rootfs']['diff_ids'],
): ConfigFile {
  const old = base?.config;
  const platform = chosen ?? (old === undefined ? stagePlatform : platformIn(old));
  const { labels } = build;
  return {
    ...old,
    ...platform,
    created,
    ...(stage.author !== undefined && { author: stage.author }),
    config: {
      ...stage.config,
      ...(labels !== undefined && { Labels: { ...stage.config.Labels, ...labels } }),
    },
    rootfs: { type: 'layers', diff_ids: diffIds },
  };
}

function platformIn({ architecture, os, variant }: ConfigFile): Platform {
  return { architecture, os, ...(variant !== undefined && { variant }) };
}
