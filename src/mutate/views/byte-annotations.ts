import type { AbortOptions } from '../../internal/async/abort.js';
import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';

/**
 * What a known annotation describes: the stored bytes, or the content, which is the tar and stays the same in another
 * compression. Annotations that are not listed describe neither, or it is unknown what they describe.
 */
type AnnotationSubject = 'stored' | 'content';

/** Names of annotations. A name that ends with a dot or a slash is a prefix. */
const KNOWN_ANNOTATIONS: readonly (readonly [name: string, about: AnnotationSubject])[] = [
  // The position of the table of contents in eStargz, and in nydus and overlaybd, which other snapshotters of
  // containerd read lazily.
  ['containerd.io/snapshot/', 'stored'],
  ['io.containers.estargz.', 'stored'],
  // Positions and checksums in a zstd:chunked blob.
  ['io.github.containers.zstd-chunked.', 'stored'],
  // SOCI: an index into a compressed layer, or the layer to which such an index belongs.
  ['com.amazon.soci.', 'stored'],
  // Repositories that contain the blob.
  ['containerd.io/distribution.source.', 'stored'],
  // Keys of an encrypted blob.
  ['org.opencontainers.image.enc.', 'stored'],
  ['containers.composefs.fsverity', 'stored'],
  ['containers.composefs.layer.digest', 'content'],
  ['containers.composefs.rootfs.digest', 'content'],
  // The diff ID.
  ['containerd.io/uncompressed', 'content'],
  // The time to which BuildKit lowered the times of the files.
  ['buildkit/rewritten-timestamp', 'content'],
  ['io.deis.oras.content.digest', 'content'],
];

/** Which of the things that annotations describe are the same after a change. */
export interface Unchanged {
  /** Whether the stored bytes are the same. */
  stored(options: AbortOptions): boolean | Promise<boolean>;
  /** Whether the content is the same. Called only if an annotation describes the content. */
  content(options: AbortOptions): boolean | Promise<boolean>;
}

/** The annotations that are still true after a change; undefined if none are left. */
export async function annotationsAfterChange(
  annotations: Annotations | undefined,
  same: Unchanged,
  options: AbortOptions,
): Promise<Annotations | undefined> {
  const kept: (readonly [string, string])[] = [];
  for (const [name, value] of Object.entries(annotations ?? {})) {
    const about = subjectOf(name);
    if (about === undefined || (await same[about](options))) kept.push([name, value]);
  }
  // Like a spread, Object.fromEntries defines `__proto__` as an ordinary property.
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function subjectOf(name: string): AnnotationSubject | undefined {
  return KNOWN_ANNOTATIONS.find(([known]) =>
    /[./]$/.test(known) ? name.startsWith(known) : name === known,
  )?.[1];
}

/**
 * The descriptor of bytes that replace other bytes. Members that describe the old bytes are removed: `data`, `urls` and
 * annotations about them. Everything else is kept, including unknown fields.
 */
export async function descriptorAfterChange(
  old: Descriptor,
  now: Pick<Descriptor, 'mediaType' | 'size' | 'digest'>,
  sameContent: Unchanged['content'],
  options: AbortOptions,
): Promise<Descriptor> {
  const { mediaType, size, digest } = now;
  if (digest === old.digest) return { ...old, mediaType };
  const { data: _data, urls: _urls, annotations: before, ...kept } = old;
  const same: Unchanged = { stored: () => false, content: sameContent };
  const annotations = await annotationsAfterChange(before, same, options);
  return { ...kept, mediaType, size, digest, ...(annotations !== undefined && { annotations }) };
}

/** Whether two lists of digests are equal. */
export function equalHashes(some: readonly Hash[], others: readonly Hash[]): boolean {
  return some.join() === others.join();
}
