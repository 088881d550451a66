import { UnsupportedError } from '../errors/unsupported.js';
import type { TarWriter } from '../internal/tar/tar.js';
import type { LayerCompressionOptions } from '../partial/layers/layer-compression.js';
import type { History } from '../v1/config-file.js';
import type { Image } from '../v1/image.js';
import { opaqueMarkerOf, whiteoutOf } from './merge/archive-path.js';
import { heldTo } from './layers/checked-layers.js';
import { type ExtractOptions, MAX_TAR_BYTES, mergeOptions } from './extract.js';
import { familyOf } from './views/family.js';
import { historySteps, paddedHistory } from './layers/history-steps.js';
import { baseSlots, changedImage } from './views/image-view.js';
import { type LayerChoice, placeOf } from './layers/choice.js';
import { ARTIFACT_HINT } from './layers/layer-error.js';
import { isFilesystem, packedOnce, slotFor, typeFor } from './layers/slots.js';
import { type LayersToMerge, mergeLayers } from './merge/merge-layers.js';
import { writtenTar } from '../internal/tar/written-tar.js';

export interface SquashOptions extends LayerCompressionOptions, Omit<ExtractOptions, 'signal'> {
  /** The lowest layer of the range. @default 0 */
  readonly from?: LayerChoice | undefined;
  /** The highest layer of the range, which is included. @default -1 */
  readonly to?: LayerChoice | undefined;
}

/**
 * Makes one layer of several that lie above each other; the others stay as they are. What the range hid of the
 * layers below it, the new layer hides.
 *
 * The layer is made when its digest is first asked for, and kept compressed in a temporary file.
 *
 * @throws NotFoundError when the result is read, if there is no such layer.
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
      const [first, last] = [await placeOf(slots, from, o), await placeOf(slots, to, o)];
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
        : await Promise.all(slots.map(async (slot) => heldTo(slot.layer, await slot.statedDiffId?.(o))));
      const merged = { layers: layers.slice(first, last + 1), below: layers.slice(0, first) };
      const type = typeFor(compression, familyOf(await base.mediaType(o)));
      const layer = packedOnce(
        {
          uncompressed: async (options) =>
            writtenTar(
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
      // No history tells of no layer, before and afterwards.
      if (before.length === 0) return config;
      const steps = historySteps(paddedHistory(before, slots.length), slots.length);
      // A history of more layers than there are cannot be cut at them.
      if (steps === undefined) return config;
      const [first, last] = [await placeOf(slots, from, options), await placeOf(slots, to, options)];
      const range = steps.layers.slice(first, last + 1);
      const made = range.flatMap(([own]) => own ?? []);
      const created = made.at(-1)?.created;
      const step: History = {
        ...(created !== undefined && { created }),
        created_by: `gantry squash of ${range.length} layers`,
        comment: JSON.stringify(made),
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
  merged: LayersToMerge,
  tar: TarWriter,
  options: Omit<ExtractOptions, 'signal'>,
  signal: AbortSignal,
): Promise<void> {
  const hiding = await mergeLayers(merged, tar, mergeOptions(options), { signal });
  // Nothing lies under the lowest layer.
  if (merged.below?.length === 0) return;
  for await (const { kind, path, needsDirectory: needsDirectory } of hiding.markers()) {
    if (needsDirectory) await tar.add({ name: `${path}/`, type: 'directory' });
    await tar.add({ name: kind === 'opaque' ? opaqueMarkerOf(path) : whiteoutOf(path) });
  }
}
