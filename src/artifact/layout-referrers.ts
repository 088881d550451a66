import { mapLimit } from '../internal/async/limit.js';
import type { CraneOptions } from '../crane/names/options.js';
import { artifactType } from '../partial/capabilities.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import { isImage, isIndex } from '../v1/types.js';

/** The referrers in an index that lists everything of a layout, by the digest of their subject. Reads all its manifests. */
export async function layoutReferrers(
  index: ImageIndex,
  { signal, jobs = 4 }: CraneOptions,
): Promise<ReadonlyMap<Hash, readonly Descriptor[]>> {
  const { manifests } = await index.indexManifest({ signal });
  const distinct = new Map(manifests.map((child) => [child.digest, child]));
  const found = await mapLimit(
    distinct.values(),
    jobs,
    async (child, { signal }) => referrerIn(index, child, { signal }),
    { signal },
  );
  const referrers = new Map<Hash, Descriptor[]>();
  for (const referrer of found) {
    if (referrer === undefined) continue;
    const { subject, descriptor } = referrer;
    referrers.set(subject, [...(referrers.get(subject) ?? []), descriptor]);
  }
  return referrers;
}

interface Referrer {
  readonly subject: Hash;
  readonly descriptor: Descriptor;
}

/** The child of an index, as the API for referrers would list it; undefined if it has no subject. */
async function referrerIn(
  index: ImageIndex,
  { mediaType, digest, size }: Descriptor,
  { signal }: { readonly signal: AbortSignal },
): Promise<Referrer | undefined> {
  if (isImage(mediaType)) {
    const image = await index.image(digest, { signal });
    const { subject, annotations } = await image.manifest({ signal });
    const type = await artifactType(image, { signal });
    return (
      subject && {
        subject: subject.digest,
        descriptor: { mediaType, digest, size, annotations, artifactType: type },
      }
    );
  }
  if (!isIndex(mediaType)) return undefined;
  const nested = await index.imageIndex(digest, { signal });
  const { subject, annotations, artifactType: type } = await nested.indexManifest({ signal });
  return (
    subject && {
      subject: subject.digest,
      descriptor: { mediaType, digest, size, annotations, artifactType: type },
    }
  );
}
