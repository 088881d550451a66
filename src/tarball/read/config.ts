import { ArchiveInvalidError } from '../../errors/invalid/archive.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Hash, hashAlgorithm, hasher, isHash } from '../../v1/hash.js';
import type { ArchiveCaps } from '../documents/caps.js';
import type { ArchiveEntries } from './entries.js';

export interface ReadConfigOptions {
  readonly caps: ArchiveCaps;
  readonly onWarning?: ((text: string) => void) | undefined;
}

/**
 * Reads the config of an image, which `manifest.json` finds by its name. Where the name is a digest, as Docker,
 * go-containerregistry and layouts have it, and the content has another one, somebody has edited the config. Docker,
 * skopeo and crane take it, and so does this, with a warning.
 */
export async function readConfig(
  name: string,
  entries: ArchiveEntries,
  { caps, onWarning }: ReadConfigOptions,
  options: AbortOptions,
): Promise<Uint8Array> {
  const entry = entries.find(name);
  if (entry === undefined)
    throw new ArchiveInvalidError(`archive: the config ${JSON.stringify(name)} is missing`);
  const bytes = await entries.read(entry, { ...options, ...caps.config });
  const digest = configDigest(name);
  const actual = digest && digestOf(bytes, digest);
  if (actual !== digest)
    onWarning?.(`the config ${JSON.stringify(name)} was edited: its digest is ${String(actual)}`);
  return bytes;
}

function digestOf(bytes: Uint8Array, like: Hash): Hash {
  const running = hasher(hashAlgorithm(like));
  running.update(bytes);
  return running.hash();
}

/** The digest of a config that is named by it. */
export function configDigest(name: string): Hash | undefined {
  const match = /(?:^|\/)(?:(sha256|sha512)[:/])?([0-9a-f]{64,128})(?:\.json)?$/.exec(name);
  if (match === null) return undefined;
  const digest = `${match[1] ?? 'sha256'}:${match[2] ?? ''}`;
  return isHash(digest) ? digest : undefined;
}
