import { assertImage, assertLayer } from '../v1/assert-content.js';
import { ZERO_TIME } from '../internal/json/go-time.js';
import { descriptor as descriptorOf } from '../partial/capabilities.js';
import type { History } from '../v1/config-file.js';
import type { Annotations } from '../v1/descriptor.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { MediaType } from '../v1/media-type.js';
import { paddedHistory } from './layers/history-steps.js';
import { changedImage, type LayerSlot } from './views/image-view.js';
import { overrideLayer } from './layers/override-layer.js';

/** A layer with its history, or a step of the history alone. */
export interface Addendum {
  /** The layer. It may be missing only if `history.empty_layer` says that the step made no layer. */
  readonly layer?: Layer | undefined;
  /** The layer's step in the history. @default an empty step */
  readonly history?: History | undefined;
  /** Replaces the `urls` of the layer's own descriptor. */
  readonly urls?: readonly string[] | undefined;
  /** Replaces the annotations of the layer's own descriptor. */
  readonly annotations?: Annotations | undefined;
  /** Replaces the media type of the layer's own descriptor. */
  readonly mediaType?: MediaType | undefined;
}

/** Adds layers on top of an image. Each layer gets an empty step in the history. */
export function appendLayers(base: Image, layers: readonly Layer[]): Image {
  for (const layer of layers) assertLayer('layers', layer);
  return append(
    base,
    layers.map((layer) => ({ layer })),
  );
}

/**
 * Adds layers, or steps of the history without layers, on top of an image. Layers of the base that have no step in the
 * history get an empty one, because a history has to describe all layers or none.
 *
 * An image with a layer from a one-shot stream has no digest before that layer was read. The config of an artifact is
 * opaque: an artifact gets the layers, but no diff IDs. `artifact.push` makes artifacts of files.
 *
 * @throws TypeError if an addendum has no layer and its history does not have `empty_layer`.
 * @throws UnsupportedError when the result is read, if there is a history and the image is an artifact, whose config has none.
 */
export function append(base: Image, addenda: readonly Addendum[]): Image {
  assertImage('base', base);
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
    imagesOnly: addenda.some(({ history }) => history !== undefined)
      ? 'mutate.append with a history'
      : undefined,
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
  const overridden = overrideLayer(layer, {
    descriptor,
    ...(mediaType !== undefined && { mediaType: async () => mediaType }),
  });
  return {
    layer: Object.keys(overrides).length === 0 ? layer : overridden,
    descriptor,
    diffId: async (options) => layer.diffId(options),
  };
}
