import type { Reference } from '../name/reference.js';
import type { RemoteOptions } from './connection/options.js';
import { newPusher } from './pusher.js';

/**
 * Deletes a tag, or a manifest by its digest with all its tags. Blobs stay until the registry collects its garbage.
 *
 * A manifest that is deleted by its digest is read first: if it has a subject, it is also removed from the fallback tag
 * of that subject. `referrersTagFallback: false` saves that request.
 *
 * @throws NotFoundError if the tag or the manifest does not exist.
 * @throws TransportError with status 405 or 400 if the registry does not allow it.
 * @throws UnsupportedError if the registry has the manifest, but cannot delete it, and responds that it does not exist.
 */
export async function deleteManifest(reference: Reference, options: RemoteOptions = {}): Promise<void> {
  return newPusher(options).delete(reference, options);
}
