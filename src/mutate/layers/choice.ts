import { NotFoundError } from '../../errors/service/not-found.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Hash } from '../../v1/hash.js';
import type { LayerSlot } from '../views/image-view.js';

/** A layer by its place, 0 for the lowest and -1 for the highest, or by its digest or diff ID. */
export type LayerChoice = number | Hash;

/** @throws NotFoundError if there is no such layer. */
export async function placeOf(
  slots: readonly LayerSlot[],
  choice: LayerChoice,
  options: AbortOptions,
): Promise<number> {
  if (typeof choice === 'number') {
    const place = choice < 0 ? slots.length + choice : choice;
    if (Number.isInteger(place) && place in slots) return place;
    throw new NotFoundError(`layer ${choice}: the image has ${slots.length} layers`);
  }
  for (const [place, slot] of slots.entries()) {
    if ((await slot.descriptor(options)).digest === choice) return place;
  }
  for (const [place, slot] of slots.entries()) {
    if ((await slot.diffId(options)) === choice) return place;
  }
  throw new NotFoundError(`layer ${choice}: the image has no such layer`);
}
