import type { History } from '../../v1/config-file.js';
import type { Image } from '../../v1/image.js';
import type { Layer } from '../../v1/layer.js';
import { historySteps, paddedHistory } from './history-steps.js';
import { baseSlots, changedImage, type LayerSlot } from '../views/image-view.js';
import { type LayerChoice, placeOf } from './choice.js';
import { slotAsListed } from './slots.js';

/**
 * Leaves out a layer, together with its step in the history.
 *
 * What the layer hid of those below it comes to light again.
 *
 * @throws NotFoundError when the result is read, if the image has no such layer.
 */
export function removeLayer(base: Image, choice: LayerChoice): Image {
  return edited(base, choice, () => undefined, false);
}

export interface ReplaceLayerOptions {
  /** The new layer's step in the history. */
  readonly history?: History | undefined;
}

/**
 * Puts another layer in the place of one. The history keeps its step, unless another is given.
 *
 * @throws NotFoundError when the result is read, if the image has no such layer.
 */
export function replaceLayer(
  base: Image,
  choice: LayerChoice,
  layer: Layer,
  { history }: ReplaceLayerOptions = {},
): Image {
  const edit = (step: History): Replacement => ({ slot: slotAsListed(layer), step: history ?? step });
  return edited(base, choice, edit, history !== undefined);
}

interface Replacement {
  readonly slot: LayerSlot;
  readonly step: History;
}

function edited(
  base: Image,
  choice: LayerChoice,
  edit: (step: History) => Replacement | undefined,
  hasOwnStep: boolean,
): Image {
  return changedImage(base, {
    layers: async (slots, options) => {
      const place = await placeOf(slots, choice, options);
      const slot = edit({})?.slot;
      return [...slots.slice(0, place), ...(slot === undefined ? [] : [slot]), ...slots.slice(place + 1)];
    },
    config: async (config, options) => {
      const { layers } = await base.manifest(options);
      const { history: before = [] } = config;
      // No history tells of no layer, before and afterwards, unless a step is given for the new layer.
      if (before.length === 0 && !hasOwnStep) return config;
      const steps = historySteps(paddedHistory(before, layers.length), layers.length);
      // A history of more layers than there are cannot be cut at them.
      if (steps === undefined) return config;
      const place = await placeOf(await baseSlots(base, options), choice, options);
      const history = steps.layers.flatMap((some, at) => {
        const [own, ...others] = some;
        if (at !== place || own === undefined) return some;
        const step = edit(own)?.step;
        return step === undefined ? others : [step, ...others];
      });
      return { ...config, history: [...steps.before, ...history] };
    },
  });
}
