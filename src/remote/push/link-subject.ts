import { UnsupportedError } from '../../errors/unsupported.js';
import { isContainerError } from '../../errors/base.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { discard } from '../../transport/wire/read-capped.js';
import type { Session } from '../../transport/session/session.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { marshalIndexManifest } from '../../v1/documents/marshal.js';
import { decodeIndexManifest, decodeManifest } from '../../v1/documents/decode-manifest.js';
import { isIndex, ociImageIndex } from '../../v1/types.js';
import type { RepositoryWriter } from '../connection/connection.js';
import { manifestPath } from '../connection/paths.js';
import { fallbackTag, noReferrers, readFallbackTag, referrersByApi } from '../read/referrers.js';
import { descriptorOf } from '../read/manifest-descriptor.js';
import { hasStatus } from '../connection/not-found.js';
import type { OutgoingManifest } from './taggable.js';

/** How often a fallback tag is read again because another client changed it. */
const MAX_CONFLICTS = 5;

/** The sessions whose registries have an API for referrers. */
const withApi = new WeakSet<Session>();

type Edit = (listed: readonly Descriptor[]) => readonly Descriptor[];

/** If a manifest has a subject, and the registry has no API for referrers, lists it under the subject's fallback tag. */
export async function linkSubject(
  writer: RepositoryWriter,
  manifest: OutgoingManifest,
  options: AbortOptions,
): Promise<void> {
  const subject = subjectOf(manifest);
  if (subject === undefined || (await hasApi(writer, subject, options))) return;
  if (!writer.settings.referrersTagFallback) {
    throw new UnsupportedError(`${writer.repository.registryStr()} does not keep track of subjects`, {
      hint: 'allow `referrersTagFallback`',
    });
  }
  const referrer = descriptorOf({ ...manifest, headers: {} });
  await editFallbackTag(
    writer,
    subject,
    (listed) => [...listed.filter(({ digest }) => digest !== referrer.digest), referrer],
    options,
  );
}

/** Like {@link linkSubject}, for a manifest that existed before: an earlier push may have ended before it was listed. */
export async function relinkSubject(
  writer: RepositoryWriter,
  manifest: OutgoingManifest,
  options: AbortOptions,
): Promise<void> {
  if (writer.settings.referrersTagFallback) await linkSubject(writer, manifest, options);
}

/** Removes a deleted manifest from the fallback tag of its subject. */
export async function unlinkSubject(
  writer: RepositoryWriter,
  subject: Hash,
  deleted: Hash,
  options: AbortOptions,
): Promise<void> {
  if (await hasApi(writer, subject, options)) return;
  await editFallbackTag(
    writer,
    subject,
    (listed) => listed.filter(({ digest }) => digest !== deleted),
    options,
  );
}

/** The digest of the manifest that a manifest refers to. */
export function subjectOf({
  mediaType,
  bytes,
}: Pick<OutgoingManifest, 'mediaType' | 'bytes'>): Hash | undefined {
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('"subject"')) return undefined;
  try {
    return (isIndex(mediaType) ? decodeIndexManifest(bytes) : decodeManifest(bytes)).subject?.digest;
  } catch (error) {
    // A manifest of an unknown form may mean something else by "subject".
    if (isContainerError(error)) return undefined;
    throw error;
  }
}

/** Remembers only that a registry has the API: a failure may be about this subject alone. */
async function hasApi(writer: RepositoryWriter, subject: Hash, options: AbortOptions): Promise<boolean> {
  const { session } = writer;
  if (withApi.has(session)) return true;
  const isAvailable = (await referrersByApi(writer, subject, {}, options)) !== undefined;
  if (isAvailable) withApi.add(session);
  return isAvailable;
}

/**
 * Changes a fallback tag: reads it, edits it and puts it back. The changes of one connection run one after the other. If
 * the registry sends an ETag, a change by another client is noticed, and the edit is repeated on top of it.
 */
async function editFallbackTag(
  writer: RepositoryWriter,
  subject: Hash,
  edit: Edit,
  options: AbortOptions,
): Promise<void> {
  await writer.connection.fallbackTags(async () => {
    for (let conflicts = 0; ; conflicts += 1) {
      const current = await readFallbackTag(writer, subject, options);
      if (current.kind === 'foreign') {
        warnOfForeign(writer, subject);
        return;
      }
      const list = current.kind === 'list' ? current : undefined;
      const before = list?.index ?? noReferrers;
      const manifests = [...edit(before.manifests)].sort((a, b) => (a.digest < b.digest ? -1 : 1));
      if (same(manifests, before.manifests)) return;
      try {
        await putIndex(
          writer,
          subject,
          marshalIndexManifest({ ...before, manifests }),
          list?.headers.etag,
          options,
        );
        return;
      } catch (error) {
        if (conflicts >= MAX_CONFLICTS || !hasStatus(error, 412)) throw error;
      }
    }
  }, options);
}

/** The manifest was put, but cannot be found by its subject, because the content of the tag must not be replaced. */
function warnOfForeign({ repository, settings }: RepositoryWriter, subject: Hash): void {
  const tag = `${repository.name()}:${fallbackTag(subject)}`;
  settings.onWarning({
    registry: repository.registryStr(),
    text: `${tag} is not a list of referrers and was not changed: manifests that refer to ${subject} are not listed there`,
  });
}

function same(a: readonly Descriptor[], b: readonly Descriptor[]): boolean {
  return a.length === b.length && a.every(({ digest }, at) => digest === b[at]?.digest);
}

async function putIndex(
  { session, repository, scopes }: RepositoryWriter,
  subject: Hash,
  body: Uint8Array,
  etag: string | undefined,
  { signal }: AbortOptions,
): Promise<void> {
  const response = await session.request({
    method: 'PUT',
    target: manifestPath(repository, fallbackTag(subject)),
    scopes,
    headers: { 'content-type': ociImageIndex, ...(etag !== undefined && { 'if-match': etag }) },
    body,
    expect: [200, 201, 202],
    signal,
  });
  discard(response.body);
}
