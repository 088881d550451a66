import { DigestMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { parseDigest } from '../../internal/streams/digest.js';
import { manifestName, manifestPath } from '../connection/paths.js';
import { checkIdentifier, type OutgoingManifest } from './taggable.js';
import { refuseWebPage } from '../connection/unexpected-response.js';
import { linkSubject } from './link-subject.js';
import { withHint } from '../connection/with-hint.js';
import type { PushRun } from './blob.js';

/**
 * Puts a manifest under a tag or its digest. If it has a subject that the registry does not keep track
 * of, the subject's fallback tag is brought up to date.
 *
 * @throws {@link TransportError} with status 409 or 412 for a tag that may not move, 413 for a manifest too large.
 */
export async function putManifest(
  run: PushRun,
  manifest: OutgoingManifest,
  identifier: string,
  options: AbortOptions,
): Promise<void> {
  const { session, repository, scopes, settings } = run.access;
  checkIdentifier(identifier, manifest.digest);
  const subject = manifestName(repository, identifier);
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
  const told = response.headers['docker-content-digest'] ?? '';
  if (parseDigest(told)?.algorithm === parseDigest(manifest.digest)?.algorithm && told !== manifest.digest) {
    throw new DigestMismatchError(subject, manifest.digest, told);
  }
  if (response.headers['oci-subject'] === undefined) await linkSubject(run, manifest, options);
  report(run, manifest, identifier, 'done', settings.onProgress);
}

/** Tells that a manifest is where it belongs. */
export function report(
  { access }: PushRun,
  { digest, bytes }: OutgoingManifest,
  identifier: string,
  state: 'done' | 'existing',
  onProgress = access.settings.onProgress,
): void {
  const target = `${access.repository.name()}${identifier.includes(':') ? '@' : ':'}${identifier}`;
  onProgress({ kind: 'manifest', sink: 'registry', state, target, digest, size: bytes.byteLength });
}

const hints: ReadonlyMap<number, string> = new Map([
  [409, 'the registry may forbid to move tags: push under another tag, or delete this one first'],
  [412, 'the registry may forbid to move tags: push under another tag, or delete this one first'],
  [413, 'the registry limits the size of manifests: use fewer layers, children or annotations'],
]);
