import { isContainerError } from '../errors/base.js';
import type { AbortOptions } from '../internal/abort.js';
import type { Reference } from '../name/reference.js';
import { discard } from '../transport/read-capped.js';
import { type Hash, newHash } from '../v1/hash.js';
import { manifestName, manifestPath } from './access.js';
import { connect, type Connections } from './connections.js';
import { fetchManifest } from './fetch-manifest.js';
import { subjectOf, unlinkSubject } from './link-subject.js';
import { orNotFound } from './not-found.js';
import type { RemoteOptions } from './options.js';
import { startRun } from './push-run.js';
import type { PushRun } from './write-blob.js';

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
      ? await subjectOfStored(run, identifier, options)
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

/** The subject of a manifest; none if it cannot be read, which must not keep it from being deleted. */
async function subjectOfStored(
  { access }: PushRun,
  identifier: string,
  { signal }: AbortOptions,
): Promise<Hash | undefined> {
  try {
    return subjectOf(await fetchManifest(access, identifier, { signal }));
  } catch (error) {
    signal?.throwIfAborted();
    if (!isContainerError(error)) throw error;
    return undefined;
  }
}
