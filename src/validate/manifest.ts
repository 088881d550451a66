import { isDeepStrictEqual } from 'node:util';
import type { AbortOptions } from '../internal/async/abort.js';
import { type Hash, hashAlgorithm, hasher } from '../v1/hash.js';
import type { MediaType } from '../v1/media-type.js';
import { attempt, compare, type Findings } from './findings.js';

/** An image or an index. */
export interface HasManifest {
  digest(options?: AbortOptions): Promise<Hash>;
  size(options?: AbortOptions): Promise<number>;
  mediaType(options?: AbortOptions): Promise<MediaType>;
  rawManifest(options?: AbortOptions): Promise<Uint8Array>;
}

/** Compares a manifest's bytes with the digest, size, media type and parsed document that the source returns. */
export async function findInManifest(
  source: HasManifest,
  given: { readonly mediaType?: MediaType | undefined },
  parse: (bytes: Uint8Array) => unknown,
  options: AbortOptions,
): Promise<Findings> {
  const raw = await attempt('manifest', options, async (options) => source.rawManifest(options));
  if (raw.value === undefined) return raw.findings;
  const bytes = raw.value;
  const digest = await attempt('digest of the manifest', options, async (options) => source.digest(options));
  const size = await attempt('size of the manifest', options, async (options) => source.size(options));
  const type = await attempt('media type', options, async (options) => source.mediaType(options));
  const parsed = await attempt('manifest', options, async () => parse(bytes));
  const running = hasher(digest.value && hashAlgorithm(digest.value));
  running.update(bytes);
  const differs = parsed.value !== undefined && !isDeepStrictEqual(parsed.value, given);
  return [
    ...digest.findings,
    ...compare('digest of the manifest', digest.value, running.hash()),
    ...size.findings,
    ...compare('size of the manifest', size.value, bytes.byteLength),
    ...type.findings,
    ...compare('media type in the manifest', type.value, given.mediaType),
    ...parsed.findings,
    ...(differs ? ['manifest: the parsed document differs from the bytes'] : []),
  ];
}
