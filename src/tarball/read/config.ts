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
 * Reads the config of an image from the file that `manifest.json` names. Docker, go-containerregistry and layouts name the
 * file after the config's digest. If the content has another digest, somebody has edited the config. Docker, skopeo and crane
 * accept such a config; this function accepts it too, with a warning.
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

function digestOf(bytes: Uint8Array, expected: Hash): Hash {
  const running = hasher(hashAlgorithm(expected));
  running.update(bytes);
  return running.hash();
}

/** The digest in the name of a config's file; undefined if the name contains none. */
export function configDigest(name: string): Hash | undefined {
  const match = /(?:^|\/)(?:(sha256|sha512)[:/])?([0-9a-f]{64,128})(?:\.json)?$/.exec(name);
  if (match === null) return undefined;
  const digest = `${match[1] ?? 'sha256'}:${match[2] ?? ''}`;
  return isHash(digest) ? digest : undefined;
}
