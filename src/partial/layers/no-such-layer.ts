import { NotFoundError } from '../../errors/service/not-found.js';

/** The error for a layer that an image does not list. `subject` says how the caller named it, such as `diff ID sha256:...`. */
export function noSuchLayer(subject: string): NotFoundError {
  return new NotFoundError(`${subject}: the image has no such layer`);
}
