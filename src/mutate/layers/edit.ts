import { assertLayer } from '../../v1/assert-content.js';
import type { History } from '../../v1/config-file.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { historySteps, paddedHistory } from './history-steps.js';
import { baseSlots, changedImage, type LayerSlot } from '../views/image-view.js';
import { type LayerChoice, layerPosition } from './choice.js';
import { slotAsListed } from './slots.js';

/**
 * Removes a layer, together with its step in the history.
 *
 * Files of lower layers that the layer hid become visible again.
 *
 * @throws NotFoundError when the result is read, if the image has no such layer.
 */
export function removeLayer(base: Image, choice: LayerChoice): Image {
  return editLayer(base, choice, () => undefined, false);
}

/** Options of {@link replaceLayer}. */
export interface ReplaceLayerOptions {
  /** The new layer's step in the history. @default the step of the old layer */
  readonly history?: History | undefined;
}

/**
 * Replaces a layer with another one. The history keeps the step of the old layer, unless a new one is given.
 *
 * @throws NotFoundError when the result is read, if the image has no such layer.
 * @throws UnsupportedError when the result is read, if `history` is given and the image is an artifact.
 */
export function replaceLayer(
  base: Image,
  choice: LayerChoice,
  layer: Layer,
  { history }: ReplaceLayerOptions = {},
): Image {
  assertLayer('layer', layer);
  const edit = (step: History): Replacement => ({ slot: slotAsListed(layer), step: history ?? step });
  return editLayer(base, choice, edit, history !== undefined);
}

interface Replacement {
  readonly slot: LayerSlot;
  readonly step: History;
}

function editLayer(
  base: Image,
  choice: LayerChoice,
  edit: (step: History) => Replacement | undefined,
  hasOwnStep: boolean,
): Image {
  return changedImage(base, {
    imagesOnly: hasOwnStep ? 'mutate.replaceLayer with a history' : undefined,
    layers: async (slots, options) => {
      const position = await layerPosition(slots, choice, options);
      const slot = edit({})?.slot;
      return [
        ...slots.slice(0, position),
        ...(slot === undefined ? [] : [slot]),
        ...slots.slice(position + 1),
      ];
    },
    config: async (config, options) => {
      const { layers } = await base.manifest(options);
      const { history: before = [] } = config;
      // An image without history has none afterwards, unless a step is given for the new layer.
      if (before.length === 0 && !hasOwnStep) return config;
      const steps = historySteps(paddedHistory(before, layers.length), layers.length);
      // A history that describes more layers than the image has cannot be divided by layers.
      if (steps === undefined) return config;
      const position = await layerPosition(await baseSlots(base, options), choice, options);
      const history = steps.layers.flatMap((some, at) => {
        const [own, ...others] = some;
        if (at !== position || own === undefined) return some;
        const step = edit(own)?.step;
        return step === undefined ? others : [step, ...others];
      });
      return { ...config, history: [...steps.before, ...history] };
    },
  });
}
