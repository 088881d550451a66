import { UnsupportedError } from '../errors/unsupported.js';
import type { TarWriter } from '../internal/tar/tar.js';
import type { LayerCompressionOptions } from '../partial/layers/layer-compression.js';
import type { History } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import { opaqueMarkerOf, whiteoutOf } from './merge/archive-path.js';
import { withCheckedDiffId } from './layers/checked-layers.js';
import { type ExtractOptions, MAX_TAR_BYTES, mergeOptions } from './extract.js';
import { familyOf } from './views/family.js';
import { historySteps, paddedHistory } from './layers/history-steps.js';
import { baseSlots, changedImage } from './views/image-view.js';
import { type LayerChoice, layerPosition } from './layers/choice.js';
import { ARTIFACT_HINT } from './layers/layer-error.js';
import { isFilesystem, compressedOnce, slotFor, layerTypeFor } from './layers/slots.js';
import { type LayersToMerge, mergeLayers } from './merge/merge-layers.js';
import { lazyTar } from '../internal/tar/lazy-tar.js';

/** Options of {@link squash}. */
export interface SquashOptions extends LayerCompressionOptions, Omit<ExtractOptions, 'signal'> {
  /** The lowest layer of the range. @default 0 */
  readonly from?: LayerChoice | undefined;
  /** The highest layer of the range, which is included. @default -1 */
  readonly to?: LayerChoice | undefined;
}

/**
 * Makes one layer of a range of consecutive layers. The other layers stay as they are. The new layer hides the same
 * files of the layers below as the range did.
 *
 * The layer is made when its digest is first read, and kept compressed in a temporary file.
 *
 * @throws NotFoundError when the result is read, if the image does not have the layers `from` and `to`.
 * @throws UnsupportedError when the result is read, if a layer in the range is not part of a filesystem.
 */
export function squash(base: Image, options: SquashOptions = {}): Image {
  const {
    from = 0,
    to = -1,
    compression,
    compressionLevel,
    maxBytes = MAX_TAR_BYTES,
    ignoreDiffIds = false,
    ...merge
  } = options;
  return changedImage(base, {
    layers: async (slots, o) => {
      const [first, last] = [await layerPosition(slots, from, o), await layerPosition(slots, to, o)];
      const range = slots.slice(first, last + 1);
      if (range.length === 0) throw new TypeError(`squash: layer ${first} lies above layer ${last}`);
      for (const [at, slot] of range.entries()) {
        if (await isFilesystem(slot, o)) continue;
        const { digest, mediaType } = await slot.descriptor(o);
        throw new UnsupportedError(
          `squash: the layer ${first + at} (${digest}, ${mediaType}) is not part of a filesystem`,
          { hint: ARTIFACT_HINT },
        );
      }
      const layers = ignoreDiffIds
        ? slots.map(({ layer }) => layer)
        : await Promise.all(
            slots.map(async (slot) => withCheckedDiffId(slot.layer, await slot.statedDiffId?.(o))),
          );
      const merged = { layers: layers.slice(first, last + 1), below: layers.slice(0, first) };
      const type = layerTypeFor(compression, familyOf(await base.mediaType(o)));
      const layer = compressedOnce(
        {
          uncompressed: async (options) =>
            lazyTar(
              async (tar, { signal }) => {
                await writeSquashed(merged, tar, merge, signal);
              },
              { ...options, maxBytes },
            ),
          mediaType: async () => type,
        },
        { compression, compressionLevel },
      );
      return [...slots.slice(0, first), slotFor(layer), ...slots.slice(last + 1)];
    },
    config: async (config, options) => {
      const slots = await baseSlots(base, options);
      const { history: before = [] } = config;
      // An image without history has none afterwards.
      if (before.length === 0) return config;
      const steps = historySteps(paddedHistory(before, slots.length), slots.length);
      // A history that describes more layers than the image has cannot be divided by layers.
      if (steps === undefined) return config;
      const [first, last] = [
        await layerPosition(slots, from, options),
        await layerPosition(slots, to, options),
      ];
      const range = steps.layers.slice(first, last + 1);
      const squashedSteps = range.flatMap(([own]) => own ?? []);
      const created = squashedSteps.at(-1)?.created;
      const step: History = {
        ...(created !== undefined && { created }),
        created_by: `gantry squash of ${range.length} layers`,
        comment: JSON.stringify(squashedSteps),
      };
      return {
        ...config,
        history: [
          ...steps.before,
          ...steps.layers.slice(0, first).flat(),
          step,
          ...range.flatMap(([, ...without]) => without),
          ...steps.layers.slice(last + 1).flat(),
        ],
      };
    },
  });
}

async function writeSquashed(
  range: LayersToMerge,
  tar: TarWriter,
  options: Omit<ExtractOptions, 'signal'>,
  signal: AbortSignal,
): Promise<void> {
  const hidden = await mergeLayers(range, tar, mergeOptions(options), { signal });
  // If no layer lies below, there is nothing to hide.
  if (range.below?.length === 0) return;
  for await (const { kind, path, needsDirectory } of hidden.markers()) {
    if (needsDirectory) await tar.add({ name: `${path}/`, type: 'directory' });
    await tar.add({ name: kind === 'opaque' ? opaqueMarkerOf(path) : whiteoutOf(path) });
  }
}
