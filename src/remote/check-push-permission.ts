import type { Reference } from '../name/reference.js';
import { connect } from './connection/connection.js';
import type { RemoteOptions } from './connection/options.js';
import { startRun } from './push/run.js';
import { beginUpload, cancelUpload } from './upload/protocol.js';

/**
 * Finds out whether the credentials allow to push, by an upload that is started and cancelled.
 *
 * @throws {@link AuthError} if they do not.
 */
export async function checkPushPermission(reference: Reference, options: RemoteOptions = {}): Promise<void> {
  const { access } = await startRun(connect(options), reference.context(), options);
  cancelUpload(access, await beginUpload(access, options));
}
