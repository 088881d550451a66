import type { Reference } from '../name/reference.js';
import type { RemoteOptions } from './connection/options.js';
import { newPusher } from './pusher.js';

/**
 * Checks that the credentials allow to push, with an upload that is started and cancelled.
 *
 * @throws AuthError if they do not.
 */
export async function checkPushPermission(reference: Reference, options: RemoteOptions = {}): Promise<void> {
  return newPusher(options).checkPushPermission(reference, options);
}
