import type { AbortOptions } from '../internal/abort.js';
import type { Reference } from '../name/reference.js';
import { discard } from '../transport/read-capped.js';
import { newHash } from '../v1/hash.js';
import { manifestName, manifestPath } from './access.js';
import { connect, type Connections } from './connections.js';
import { fetchManifest } from './fetch-manifest.js';
import { subjectOf, unlinkSubject } from './link-subject.js';
import { orNotFound } from './not-found.js';
import type { RemoteOptions } from './options.js';
import { startRun } from './push-run.js';

/**
 * Deletes a tag, or a manifest by its digest with all its tags. Blobs stay until the registry collects its garbage.
 *
 * A manifest is looked at before, because one with a subject may be listed under the subject's fallback tag
 * and is taken off it; `referrersTagFallback: false` saves that request.
 *
 * @throws {@link NotFoundError} if there is nothing to delete.
 * @throws {@link TransportError} with status 405 or 400 if the registry does not allow it.
 */
export async function deleteManifest(reference: Reference, options: RemoteOptions = {}): Promise<void> {
  return deleteWith(connect(options), reference, options);
}

export async function deleteWith(
  connections: Connections,
  reference: Reference,
  options: AbortOptions = {},
): Promise<void> {
  const run = await startRun(connections, reference.context(), options, 'push,pull,delete');
  const { session, repository, scopes, settings } = run.access;
  const identifier = reference.identifier();
  const subject =
    reference.kind === 'digest' && settings.referrersTagFallback
      ? subjectOf(await fetchManifest(run.access, identifier, { signal: options.signal }))
      : undefined;
  const response = await orNotFound(
    manifestName(repository, identifier),
    session.request({
      method: 'DELETE',
      target: manifestPath(repository, identifier),
      scopes,
      expect: [200, 202, 204],
      signal: options.signal,
    }),
  );
  discard(response.body);
  if (subject !== undefined) await unlinkSubject(run, subject, newHash(identifier), options);
}
