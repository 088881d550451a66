import { isContainerError } from '../errors/base.js';
import { UnsupportedError } from '../errors/unsupported.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Reference } from '../name/reference.js';
import { newHash } from '../v1/hash.js';
import { manifestName, manifestPath } from './connection/paths.js';
import { connect, type Connections } from './connection/connection.js';
import { type FetchedManifest, fetchManifest } from './read/manifest.js';
import { subjectOf, unlinkSubject } from './push/link-subject.js';
import { hasStatus, orNotFound } from './connection/not-found.js';
import type { RemoteOptions } from './connection/options.js';
import { startRun } from './push/run.js';
import { refuseWebPage } from './connection/unexpected-response.js';
import type { PushRun } from './push/blob.js';

/**
 * Deletes a tag, or a manifest by its digest with all its tags. Blobs stay until the registry collects its garbage.
 *
 * A manifest is looked at before, because one with a subject may be listed under the subject's fallback tag
 * and is taken off it; `referrersTagFallback: false` saves that request.
 *
 * @throws {@link NotFoundError} if there is nothing to delete.
 * @throws {@link TransportError} with status 405 or 400 if the registry does not allow it.
 * @throws {@link UnsupportedError} if the registry says of what it has that it is not there, because it cannot delete.
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
  const stored =
    reference.kind === 'digest' && settings.referrersTagFallback
      ? await read(run, identifier, options)
      : undefined;
  const name = manifestName(repository, identifier);
  const asked = session.request({
    method: 'DELETE',
    target: manifestPath(repository, identifier),
    scopes,
    expect: [200, 202, 204],
    signal: options.signal,
  });
  const response = await orNotFound(name, asked).catch((error: unknown) => {
    // A registry without this route answers 404 too.
    if (stored === undefined || !hasStatus(error, 404)) throw error;
    throw new UnsupportedError(`${name}: the registry has it, but does not delete it`, { cause: error });
  });
  await refuseWebPage('DELETE', response);
  const subject = stored && subjectOf(stored);
  if (subject !== undefined) await unlinkSubject(run, subject, newHash(identifier), options);
}

/** A manifest that may have a subject; undefined if it cannot be read, which must not keep it from being deleted. */
async function read(
  { access }: PushRun,
  identifier: string,
  { signal }: AbortOptions,
): Promise<FetchedManifest | undefined> {
  try {
    return await fetchManifest(access, identifier, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (!isContainerError(error)) throw error;
    return undefined;
  }
}
