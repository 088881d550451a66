import { deleteManifest as deleteRemote } from '../remote/delete.js';
import { type CraneOptions, referenceOf, remoteOptions } from './names/options.js';

/** Deletes the manifest or the tag that a reference names. The blobs stay until the registry collects garbage. */
export async function deleteManifest(reference: string, options: CraneOptions = {}): Promise<void> {
  await deleteRemote(referenceOf(reference, options), remoteOptions(options));
}
