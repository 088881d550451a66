import { ZERO_TIME } from '../internal/json/go-time.js';
import { descriptor as descriptorOf } from '../partial/capabilities.js';
import type { History } from '../v1/config-file.js';
import type { Annotations } from '../v1/descriptor.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { paddedHistory } from './layers/history-steps.js';
import { changedImage, type LayerSlot } from './views/image-view.js';
import { layerWith } from './layers/with.js';

/** What is appended: a layer with its history, or history alone. */
export interface Addendum {
  /** Missing only where `history.empty_layer` says that the step made no layer. */
  readonly layer?: Layer | undefined;
  readonly history?: History | undefined;
  /** Replace what the layer's own descriptor says. */
  readonly urls?: readonly string[] | undefined;
  readonly annotations?: Annotations | undefined;
  readonly mediaType?: MediaType | undefined;
}

/** Adds layers on top of an image. Each gets an entry in the history, an empty one at least. */
export function appendLayers(base: Image, layers: readonly Layer[]): Image {
  return append(
    base,
    layers.map((layer) => ({ layer })),
  );
}

/**
 * Adds layers, or history without layers, on top of an image. Layers of the base without history get empty steps in
 * it, because a history has to tell of all layers or of none.
 *
 * The image of a one-shot stream has no digest before its layers were read. An artifact's config is
 * opaque: it gets layers, but neither diff IDs nor history.
 *
 * @throws TypeError for an addendum without a layer whose history is not an empty layer's.
 */
export function append(base: Image, addenda: readonly Addendum[]): Image {
  if (addenda.length === 0) return base;
  for (const { layer, history } of addenda) {
    if (layer === undefined && history?.empty_layer !== true) {
      throw new TypeError('an addendum without a layer needs a history with empty_layer');
    }
  }
  const added = addenda.flatMap((addendum) =>
    addendum.layer === undefined ? [] : [slotOf(addendum, addendum.layer)],
  );
  return changedImage(base, {
    layers: (slots) => [...slots, ...added],
    config: (config) => ({
      ...config,
      history: [
        ...paddedHistory(config.history ?? [], config.rootfs.diff_ids.length - added.length),
        ...addenda.map(({ history }) => ({ created: ZERO_TIME, ...history })),
      ],
    }),
  });
}

function slotOf({ urls, annotations, mediaType }: Addendum, layer: Layer): LayerSlot {
  const overrides = {
    ...(mediaType !== undefined && { mediaType }),
    ...(urls !== undefined && urls.length > 0 && { urls }),
    ...(annotations !== undefined && Object.keys(annotations).length > 0 && { annotations }),
  };
  const descriptor: LayerSlot['descriptor'] = async (options) => ({
    ...(await descriptorOf(layer, options)),
    ...overrides,
  });
  const overridden = layerWith(layer, {
    descriptor,
    ...(mediaType !== undefined && { mediaType: async () => mediaType }),
  });
  return {
    layer: Object.keys(overrides).length === 0 ? layer : overridden,
    descriptor,
    diffId: async (options) => layer.diffId(options),
  };
}
