import { assembleImage, platformIn, scratch } from '../../image/assemble.js';
import { mapLimit } from '../../internal/async/limit.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { familyOf } from '../../mutate/views/family.js';
import { layerTypeFor } from '../../mutate/layers/slots.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import type { Platform } from '../../v1/platform.js';
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
export async function assembleStage(result: StageResult, options: AssembleOptions): Promise<Image> {
  const { build, trees, created, signal } = options;
  const { stage, history } = result;
  const baseConfig = result.base?.config;
  const base = result.base === undefined ? scratch : trees.cached(result.base.image);
  const { labels } = build;
  return assembleImage(
    {
      ...{ base, baseConfig, history, created },
      layers: await writeLayers(result, base, options),
      config: {
        ...stage.config,
        ...(labels !== undefined && { Labels: { ...stage.config.Labels, ...labels } }),
      },
      platform: options.platform ?? (baseConfig === undefined ? result.platform : platformIn(baseConfig)),
      author: stage.author,
      annotations: build.annotations,
    },
    { signal },
  );
}

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
