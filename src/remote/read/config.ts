import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { DigestMismatchError, SizeMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { type Access, blobName } from '../connection/paths.js';
import { openBlob } from './blob.js';

/**
 * Reads a config, checked. Content that was not the right one, as a cache in between may serve it, is
 * asked for a second time.
 */
export async function fetchConfig(
  access: Access,
  config: Descriptor,
  options: AbortOptions = {},
): Promise<Uint8Array> {
  const { maxConfigBytes } = access.settings;
  const subject = blobName(access.repository, config.digest);
  if (config.size > maxConfigBytes) throw new LimitExceededError(subject, maxConfigBytes, 'maxConfigBytes');
  const read = async (): Promise<Uint8Array> =>
    collect(await openBlob(access, config, options), {
      maxBytes: maxConfigBytes,
      option: 'maxConfigBytes',
      subject,
      signal: options.signal,
    });
  try {
    return await read();
  } catch (error) {
    if (error instanceof DigestMismatchError || error instanceof SizeMismatchError) return read();
    throw error;
  }
}
