import { get as getRemote } from '../remote/get.js';
import type { RemoteDescriptor } from '../remote/read/remote-descriptor.js';
import { head as headRemote } from '../remote/head.js';
import type { Descriptor } from '../v1/descriptor.js';
import { type CraneOptions, referenceOf, remoteOptions } from './names/options.js';

/** Gets the manifest that a reference names. It may be of any kind; see `remote.get`. */
export async function get(reference: string, options: CraneOptions = {}): Promise<RemoteDescriptor> {
  return getRemote(referenceOf(reference, options), remoteOptions(options));
}

/** Gets the descriptor of the manifest that a reference names, without its bytes; see `remote.head`. */
export async function head(reference: string, options: CraneOptions = {}): Promise<Descriptor> {
  return headRemote(referenceOf(reference, options), remoteOptions(options));
}
