import { indexAt } from '../crane/locations/index-at.js';
import { contentFrom } from '../crane/locations/source.js';
import { formatLocation, type ImageLocation } from '../crane/names/location.js';
import { type CraneOptions, referenceOf, remoteOptions } from '../crane/names/options.js';
import { registryReference } from '../crane/names/target.js';
import { LimitExceededError } from '../errors/limit-exceeded.js';
import { UnsupportedError } from '../errors/unsupported.js';
import { mapLimit } from '../internal/async/limit.js';
import { descriptor as descriptorOf } from '../partial/capabilities.js';
import { newPuller } from '../remote/puller.js';
import type { Annotations, Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import { isImageIndex } from '../v1/image-index.js';
import type { MediaType } from '../v1/media-type.js';
import { layoutReferrers } from './layout-referrers.js';

/** Options of {@link discover}. */
export interface DiscoverOptions extends CraneOptions {
  /** Lists only referrers of this artifact type, on every level. */
  readonly type?: string | undefined;
  /** How many levels of referrers are listed. @default all; more than 16 levels are an error */
  readonly depth?: number | undefined;
  /** Cap on the number of referrers. @default 10 000 */
  readonly maxCount?: number | undefined;
}

/** A manifest, and the manifests that refer to it. */
export interface ReferrerNode {
  /** The reference with the digest. */
  readonly reference: string;
  /** The digest of the manifest. */
  readonly digest: Hash;
  /** The media type of the manifest. */
  readonly mediaType: MediaType;
  /** The size of the manifest in bytes. */
  readonly size: number;
  /** The artifact type; undefined for an index without one, and if the registry does not report it. */
  readonly artifactType?: string | undefined;
  /** The annotations of the manifest, as the registry lists them; empty if there are none. */
  readonly annotations: Annotations;
  /** The manifests that refer to this one, in the order of the registry. */
  readonly referrers: readonly ReferrerNode[];
}

const MAX_DEPTH = 16;
const MAX_REFERRERS = 10_000;

/**
 * Lists the artifacts that refer to an image, an index or another artifact, and what refers to them, as a tree: signatures,
 * SBOMs, attestations. With `platform`, the root is that image of an index, otherwise it is the index.
 *
 * In a registry, this sends one request for each manifest of the tree. In a layout, all its manifests are read.
 *
 * @throws NotFoundError if the subject does not exist.
 * @throws LimitExceededError if there are more than `maxCount` referrers, or more than 16 levels and `depth` is not set.
 */
export async function discover(source: ImageLocation, options: DiscoverOptions = {}): Promise<ReferrerNode> {
  const { signal, depth = Infinity } = options;
  if (depth !== Infinity && (!Number.isSafeInteger(depth) || depth < 0)) {
    throw new TypeError(`depth must be a whole number, not ${depth}`);
  }
  const content = await contentFrom(source, options);
  const found = await descriptorOf(content, { signal });
  const { annotations = {} } = isImageIndex(content)
    ? await content.indexManifest({ signal })
    : await content.manifest({ signal });
  const listing = await listingOf(source, options);
  const tree = new ReferrerTree(listing, options);
  return tree.node({ ...found, annotations }, depth, []);
}

/** Where referrers are listed. */
export interface ReferrerListing {
  /** The reference of a manifest. */
  reference(digest: Hash): string;
  referrers(
    digest: Hash,
    options: { readonly signal?: AbortSignal | undefined },
  ): Promise<readonly Descriptor[]>;
}

async function listingOf(source: ImageLocation, options: DiscoverOptions): Promise<ReferrerListing> {
  const reference = registryReference(source);
  if (reference !== undefined) return registryListing(reference, options);
  if (typeof source === 'string' || !('path' in source) || source.kind === 'docker-archive') {
    throw new UnsupportedError('a daemon and an archive for `docker load` have no referrers');
  }
  const { kind, path } = source;
  const index = await indexAt({ kind, path }, options);
  const all = await layoutReferrers(index, options);
  return {
    reference: (digest) => formatLocation({ kind, path, digest }),
    referrers: async (digest) => all.get(digest) ?? [],
  };
}

function registryListing(text: string, options: DiscoverOptions): ReferrerListing {
  const { type, ...others } = options;
  const repository = referenceOf(text, options).context();
  const remote = { ...remoteOptions(others), ...(type !== undefined && { filter: { artifactType: type } }) };
  // All requests share one ping and one token.
  const puller = newPuller(remote);
  return {
    reference: (digest) => repository.digest(digest).name(),
    referrers: async (digest, { signal }) => {
      const index = await puller.referrers(repository.digest(digest), { ...remote, signal });
      return (await index.indexManifest({ signal })).manifests;
    },
  };
}

class ReferrerTree {
  readonly #listing: ReferrerListing;
  readonly #options: DiscoverOptions;
  #count = 0;

  constructor(listing: ReferrerListing, options: DiscoverOptions) {
    this.#listing = listing;
    this.#options = options;
  }

  /** @param above - the digests of the manifests that this one refers to. */
  async node(descriptor: Descriptor, depth: number, above: readonly Hash[]): Promise<ReferrerNode> {
    const { digest, mediaType, size, artifactType = '', annotations = {} } = descriptor;
    return {
      reference: this.#listing.reference(digest),
      ...{ digest, mediaType, size },
      ...(artifactType !== '' && { artifactType }),
      annotations,
      referrers: depth <= 0 ? [] : await this.#referrers(digest, depth - 1, [...above, digest]),
    };
  }

  async #referrers(digest: Hash, depth: number, above: readonly Hash[]): Promise<readonly ReferrerNode[]> {
    const { signal, type, jobs = 4, maxCount = MAX_REFERRERS } = this.#options;
    const listed = await this.#listing.referrers(digest, { signal });
    // Only a faulty list has a manifest that refers to itself.
    const found = listed.filter(
      (one) => !above.includes(one.digest) && (type === undefined || one.artifactType === type),
    );
    this.#count += found.length;
    if (this.#count > maxCount) {
      throw new LimitExceededError('the number of referrers', maxCount, 'maxCount');
    }
    if (found.length > 0 && above.length > MAX_DEPTH && depth === Infinity) {
      throw new LimitExceededError('the chain of referrers', MAX_DEPTH, 'depth');
    }
    return mapLimit(found, jobs, async (one) => this.node(one, depth, above), { signal });
  }
}
