import { deleteManifest as deleteRemote } from '../remote/delete.js';
import { type CraneOptions, referenceOf, remoteOptions } from './locations/options.js';

/** Deletes the manifest or tag that a reference names. */
export async function deleteManifest(reference: string, options: CraneOptions = {}): Promise<void> {
  await deleteRemote(referenceOf(reference, options), remoteOptions(options));
}
