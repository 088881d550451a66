import { progressReporter } from '../../v1/progress.js';
import { DigestMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { parseDigest } from '../../internal/streams/digest.js';
import type { RepositoryWriter } from '../connection/connection.js';
import { manifestName, manifestPath, manifestReference } from '../connection/paths.js';
import { refuseWebPage } from '../connection/unexpected-response.js';
import { withHint } from '../connection/with-hint.js';
import { linkSubject } from './link-subject.js';
import { checkIdentifier, type OutgoingManifest } from './taggable.js';

const IMMUTABLE_TAG =
  'the registry may forbid to move tags: push under another tag, or delete this one first';

/** By status: what can be done about it. */
const hints: ReadonlyMap<number, string> = new Map([
  [409, IMMUTABLE_TAG],
  [412, IMMUTABLE_TAG],
  [413, 'the registry limits the size of manifests: use fewer layers, children or annotations'],
]);

/**
 * Puts a manifest under a tag or its digest. If it has a subject, and the registry does not keep track of subjects, the
 * fallback tag of the subject is updated.
 *
 * @throws TransportError with status 409 or 412 for a tag that must not move, and 413 for a manifest that is too large.
 */
export async function putManifest(
  writer: RepositoryWriter,
  manifest: OutgoingManifest,
  identifier: string,
  options: AbortOptions,
): Promise<void> {
  const { session, repository, scopes } = writer;
  const { digest } = manifest;
  checkIdentifier(identifier, digest);
  const response = await withHint(
    session.request({
      method: 'PUT',
      target: manifestPath(repository, identifier),
      scopes,
      headers: { 'content-type': manifest.mediaType },
      body: manifest.bytes,
      expect: [200, 201, 202],
      signal: options.signal,
    }),
    hints,
  );
  await refuseWebPage('PUT', response);
  const reportedDigest = response.headers['docker-content-digest'] ?? '';
  const isComparable = parseDigest(reportedDigest)?.algorithm === parseDigest(digest)?.algorithm;
  if (isComparable && reportedDigest !== digest) {
    throw new DigestMismatchError(manifestName(repository, identifier), digest, reportedDigest);
  }
  if (response.headers['oci-subject'] === undefined) await linkSubject(writer, manifest, options);
  reportManifest(writer, manifest, identifier, 'done');
}

/** Reports that the registry has a manifest. */
export function reportManifest(
  { repository, settings }: RepositoryWriter,
  { digest, bytes }: OutgoingManifest,
  identifier: string,
  state: 'done' | 'existing',
): void {
  const target = manifestReference(repository, identifier);
  progressReporter('registry', target, settings.onProgress).manifest(state, {
    digest,
    size: bytes.byteLength,
  });
}
