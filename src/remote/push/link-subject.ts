import { UnsupportedError } from '../../errors/unsupported.js';
import { isContainerError } from '../../errors/base.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { discard } from '../../transport/wire/read-capped.js';
import type { Session } from '../../transport/session/session.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { marshalIndexManifest } from '../../v1/documents/marshal.js';
import { parseIndexManifest, parseManifest } from '../../v1/documents/parse-manifest.js';
import { isIndex, ociImageIndex } from '../../v1/types.js';
import { manifestPath } from '../connection/paths.js';
import { fallbackTag, noReferrers, readFallbackTag, referrersByApi } from '../read/referrers.js';
import { descriptorOf } from '../read/manifest-descriptor.js';
import { hasStatus } from '../connection/not-found.js';
import type { OutgoingManifest } from './taggable.js';
import type { PushAccess } from '../upload/protocol.js';
import type { PushRun } from './blob.js';

/** How often a fallback tag is read again because somebody else changed it. */
const MOST_CONFLICTS = 5;

/** Lists a manifest that was put under its subject's fallback tag, if it has a subject and the registry no API. */
export async function linkSubject(
  run: PushRun,
  manifest: OutgoingManifest,
  options: AbortOptions,
): Promise<void> {
  const subject = subjectOf(manifest);
  if (subject === undefined || (await hasApi(run.access, subject, options))) return;
  if (!run.access.settings.referrersTagFallback) {
    throw new UnsupportedError(`${run.access.repository.registryStr()} does not keep track of subjects`, {
      hint: 'allow `referrersTagFallback`',
    });
  }
  const referrer = descriptorOf({ ...manifest, headers: {} });
  await change(
    run,
    subject,
    (listed) => [...listed.filter(({ digest }) => digest !== referrer.digest), referrer],
    options,
  );
}

/** As {@link linkSubject} for a manifest that was there already: who put it may not have come to its listing. */
export async function relinkSubject(
  run: PushRun,
  manifest: OutgoingManifest,
  options: AbortOptions,
): Promise<void> {
  if (run.access.settings.referrersTagFallback) await linkSubject(run, manifest, options);
}

/** Takes a manifest that was deleted off its subject's fallback tag. */
export async function unlinkSubject(
  run: PushRun,
  subject: Hash,
  deleted: Hash,
  options: AbortOptions,
): Promise<void> {
  if (await hasApi(run.access, subject, options)) return;
  await change(run, subject, (listed) => listed.filter(({ digest }) => digest !== deleted), options);
}

/** The digest that a manifest refers to. */
export function subjectOf({
  mediaType,
  bytes,
}: Pick<OutgoingManifest, 'mediaType' | 'bytes'>): Hash | undefined {
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes('"subject"')) return undefined;
  try {
    return (isIndex(mediaType) ? parseIndexManifest(bytes) : parseManifest(bytes)).subject?.digest;
  } catch (error) {
    // Whether other manifests mean the same by it is not known.
    if (isContainerError(error)) return undefined;
    throw error;
  }
}

/** A yes is remembered; a no may be about this subject alone. */
async function hasApi(access: PushAccess, subject: Hash, options: AbortOptions): Promise<boolean> {
  const { session } = access;
  if (withApi.has(session)) return true;
  const responses = (await referrersByApi(access, subject, {}, options)) !== undefined;
  if (responses) withApi.add(session);
  return responses;
}

/** Conversations with repositories that were found to list referrers themselves. */
const withApi = new WeakSet<Session>();

type Edit = (listed: readonly Descriptor[]) => readonly Descriptor[];

/**
 * Changes a fallback tag: read, edited and put back, one after the other within a run. Where the registry
 * gives an ETag, a change by somebody else in between is noticed, and the edit made anew on top of it.
 */
async function change(run: PushRun, subject: Hash, edit: Edit, options: AbortOptions): Promise<void> {
  const { connections, access } = run;
  await connections.fallbackTags(async () => {
    for (let conflicts = 0; ; conflicts += 1) {
      const current = await readFallbackTag(access, subject, options);
      if (current.kind === 'foreign') {
        warnOfForeign(access, subject);
        return;
      }
      const list = current.kind === 'list' ? current : undefined;
      const before = list?.index ?? noReferrers;
      const manifests = [...edit(before.manifests)].sort((a, b) => (a.digest < b.digest ? -1 : 1));
      if (same(manifests, before.manifests)) return;
      try {
        await putIndex(
          access,
          subject,
          marshalIndexManifest({ ...before, manifests }),
          list?.headers.etag,
          options,
        );
        return;
      } catch (error) {
        if (conflicts >= MOST_CONFLICTS || !hasStatus(error, 412)) throw error;
      }
    }
  }, options);
}

/** The manifest is there, but nobody can find it by its subject: what the tag names must not be replaced. */
function warnOfForeign({ repository, settings }: PushAccess, subject: Hash): void {
  const tag = `${repository.name()}:${fallbackTag(subject)}`;
  settings.onWarning({
    registry: repository.registryStr(),
    text: `${tag} is not a list of referrers and was left as it is: what refers to ${subject} is not listed there`,
  });
}

function same(a: readonly Descriptor[], b: readonly Descriptor[]): boolean {
  return a.length === b.length && a.every(({ digest }, at) => digest === b[at]?.digest);
}

async function putIndex(
  { session, repository, scopes }: PushAccess,
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
