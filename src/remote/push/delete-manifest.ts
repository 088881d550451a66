import { isContainerError } from '../../errors/base.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { Reference } from '../../name/reference.js';
import { newHash } from '../../v1/hash.js';
import type { RepositoryWriter } from '../connection/connection.js';
import { hasStatus, orNotFound } from '../connection/not-found.js';
import { manifestName, manifestPath } from '../connection/paths.js';
import { refuseWebPage } from '../connection/unexpected-response.js';
import { type FetchedManifest, fetchManifest } from '../read/manifest.js';
import { subjectOf, unlinkSubject } from './link-subject.js';

/** Deletes a tag or a manifest. The writer needs a token for `delete`. */
export async function deleteReference(
  writer: RepositoryWriter,
  reference: Reference,
  options: AbortOptions,
): Promise<void> {
  const { session, repository, scopes, settings } = writer;
  const identifier = reference.identifier();
  const stored =
    reference.kind === 'digest' && settings.referrersTagFallback
      ? await readIfPossible(writer, identifier, options)
      : undefined;
  const name = manifestName(repository, identifier);
  const request = session.request({
    method: 'DELETE',
    target: manifestPath(repository, identifier),
    scopes,
    expect: [200, 202, 204],
    signal: options.signal,
  });
  const response = await orNotFound(name, request).catch((error: unknown) => {
    // A registry without this route responds with 404, too.
    if (stored === undefined || !hasStatus(error, 404)) throw error;
    throw new UnsupportedError(`${name}: the registry has it, but does not delete it`, { cause: error });
  });
  await refuseWebPage('DELETE', response);
  const subject = stored && subjectOf(stored);
  if (subject !== undefined) await unlinkSubject(writer, subject, newHash(identifier), options);
}

/** The manifest, which may have a subject; undefined if it cannot be read, because it can be deleted all the same. */
async function readIfPossible(
  writer: RepositoryWriter,
  identifier: string,
  { signal }: AbortOptions,
): Promise<FetchedManifest | undefined> {
  try {
    return await fetchManifest(writer, identifier, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (!isContainerError(error)) throw error;
    return undefined;
  }
}
