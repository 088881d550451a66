import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { DigestMismatchError, SizeMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { RepositoryReader } from '../connection/connection.js';
import { blobName } from '../connection/paths.js';
import { openBlob } from './blob.js';

/** Reads a config and checks it. If the content is wrong, it is fetched once more: a cache on the way may have sent it. */
export async function fetchConfig(
  reader: RepositoryReader,
  config: Descriptor,
  options: AbortOptions = {},
): Promise<Uint8Array> {
  const { maxConfigBytes } = reader.settings;
  const subject = blobName(reader.repository, config.digest);
  if (config.size > maxConfigBytes) throw new LimitExceededError(subject, maxConfigBytes, 'maxConfigBytes');
  const read = async (): Promise<Uint8Array> =>
    collect(await openBlob(reader, config, options), {
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
