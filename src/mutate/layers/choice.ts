import { NotFoundError } from '../../errors/service/not-found.js';
import { noSuchLayer } from '../../partial/layers/no-such-layer.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';
import type { LayerSlot } from '../views/image-view.js';

/** Selects a layer by its position, 0 for the lowest and -1 for the highest, or by its digest or diff ID. */
export type LayerChoice = number | Hash;

/**
 * The position of a layer, 0 for the lowest.
 *
 * @throws NotFoundError if the image does not have the layer.
 */
export async function layerPosition(
  slots: readonly LayerSlot[],
  choice: LayerChoice,
  options: AbortOptions,
): Promise<number> {
  if (typeof choice === 'number') {
    const position = choice < 0 ? slots.length + choice : choice;
    if (Number.isInteger(position) && position in slots) return position;
    throw new NotFoundError(`layer ${choice}: the image has ${slots.length} layers`);
  }
  for (const [position, slot] of slots.entries()) {
    if ((await slot.descriptor(options)).digest === choice) return position;
  }
  for (const [position, slot] of slots.entries()) {
    if ((await slot.diffId(options)) === choice) return position;
  }
  throw noSuchLayer(`layer ${choice}`);
}
