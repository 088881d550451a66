import { ArchiveInvalidError } from '../errors/archive-invalid.js';
import type { AbortOptions } from '../internal/abort.js';
import { checkBytes } from '../partial/embedded-data.js';
import { type Hash, isHash } from '../v1/hash.js';
import type { ArchiveCaps } from './archive-caps.js';
import type { ArchiveEntries } from './archive-entries.js';

/**
 * Reads the config of an image. Where its name is its digest, as Docker, go-containerregistry and
 * layouts name it, the content has to agree.
 */
export async function readConfig(
  name: string,
  entries: ArchiveEntries,
  caps: ArchiveCaps,
  options: AbortOptions,
): Promise<Uint8Array> {
  const entry = entries.find(name);
  if (entry === undefined)
    throw new ArchiveInvalidError(`archive: the config ${JSON.stringify(name)} is missing`);
  const bytes = await entries.read(entry, { ...options, ...caps.config });
  const digest = configDigest(name);
  if (digest !== undefined)
    checkBytes(`config ${JSON.stringify(name)}`, bytes, { digest, size: bytes.byteLength });
  return bytes;
}

/** The digest of a config that is named by it. */
export function configDigest(name: string): Hash | undefined {
  const match = /(?:^|\/)(?:(sha256|sha512)[:/])?([0-9a-f]{64,128})(?:\.json)?$/.exec(name);
  if (match === null) return undefined;
  const digest = `${match[1] ?? 'sha256'}:${match[2] ?? ''}`;
  return isHash(digest) ? digest : undefined;
}
