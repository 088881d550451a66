import type { AbortOptions } from '../../internal/async/abort.js';
import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';

/**
 * What a known annotation describes: the stored bytes with their digest, or the content, which is the tar and stays the
 * same in another compression. Annotations that are not listed describe neither, or nobody knows what they describe.
 */
type AnnotationSubject = 'stored' | 'content';

/** Names of annotations; one that ends with a dot or a slash stands for all that begin so. */
const KNOWN_ANNOTATIONS: readonly (readonly [name: string, about: AnnotationSubject])[] = [
  // eStargz: where the table of contents is, and that of other formats that snapshotters of containerd read lazily:
  // nydus, overlaybd.
  ['containerd.io/snapshot/', 'stored'],
  ['io.containers.estargz.', 'stored'],
  // zstd:chunked: places and checksums in the blob.
  ['io.github.containers.zstd-chunked.', 'stored'],
  // SOCI: an index into compressed layers, or the layer that such an index is about.
  ['com.amazon.soci.', 'stored'],
  // Repositories that have the blob.
  ['containerd.io/distribution.source.', 'stored'],
  // Keys of an encrypted blob.
  ['org.opencontainers.image.enc.', 'stored'],
  ['containers.composefs.fsverity', 'stored'],
  ['containers.composefs.layer.digest', 'content'],
  ['containers.composefs.rootfs.digest', 'content'],
  // The diff ID.
  ['containerd.io/uncompressed', 'content'],
  // The time down to which BuildKit lowered those of the files.
  ['buildkit/rewritten-timestamp', 'content'],
  ['io.deis.oras.content.digest', 'content'],
];

/** What is still the same after a change. */
export interface Unchanged {
  /** The bytes as they are stored. */
  stored(options: AbortOptions): boolean | Promise<boolean>;
  /** The content. It is asked for only if an annotation describes it. */
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
  // Neither this nor a spread takes a key such as __proto__ for more than a key.
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function subjectOf(name: string): AnnotationSubject | undefined {
  return KNOWN_ANNOTATIONS.find(([known]) =>
    /[./]$/.test(known) ? name.startsWith(known) : name === known,
  )?.[1];
}

/**
 * A descriptor of other bytes that take the place of those it pointed at. What describes the old bytes goes: `data`,
 * `urls` and annotations about them. All else stays, fields that are not known too.
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
