import type { AbortOptions } from '../internal/async/abort.js';
import type { Digest, Reference, Registry, Repository } from '../name/reference.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { Platform } from '../v1/platform.js';
import { cataloggerWith } from './catalog.js';
import { connect, registerOwner } from './connection/connection.js';
import { getWith, type RemoteDescriptor } from './get.js';
import { headWith } from './head.js';
import { imageWith } from './image.js';
import { indexWith } from './image-index.js';
import { layerWith } from './layer.js';
import { listerWith } from './list.js';
import { type ListOptions, toArray } from './list/names.js';
import type { ReferrersFilter, RemoteOptions, Reusable } from './connection/options.js';
import { referrersWith } from './referrers.js';

export interface PullOptions extends AbortOptions {
  /** @default that of the puller */
  readonly platform?: Platform | undefined;
}

export interface ReferrersOptions extends AbortOptions {
  /** @default that of the puller */
  readonly filter?: ReferrersFilter | undefined;
}

/** The reading functions of `remote` on connections and tokens of their own, for many reads in a row. */
export interface Puller extends Reusable {
  readonly kind: 'puller';
  head(reference: Reference, options?: AbortOptions): Promise<Descriptor>;
  get(reference: Reference, options?: AbortOptions): Promise<RemoteDescriptor>;
  image(reference: Reference, options?: PullOptions): Promise<Image>;
  index(reference: Reference, options?: PullOptions): Promise<ImageIndex>;
  layer(reference: Digest, options?: AbortOptions): Promise<Layer>;
  list(repository: Repository, options?: ListOptions): Promise<string[]>;
  tags(repository: Repository, options?: ListOptions): AsyncIterable<string>;
  catalog(registry: Registry, options?: ListOptions): Promise<string[]>;
  repositories(registry: Registry, options?: ListOptions): AsyncIterable<string>;
  referrers(subject: Digest, options?: ReferrersOptions): Promise<ImageIndex>;
}

/**
 * Makes a puller. Opens nothing, and holds nothing that would have to be closed.
 *
 * @throws TypeError if an option is out of range.
 */
export function newPuller(options: RemoteOptions = {}): Puller {
  const connections = connect(options);
  const puller = Object.freeze<Puller>({
    kind: 'puller',
    head: async (reference, options) => headWith(connections, reference, options),
    get: async (reference, options) => getWith(connections, reference, options),
    image: async (reference, options) => imageWith(connections, reference, options),
    index: async (reference, options) => indexWith(connections, reference, options),
    layer: async (reference, options) => layerWith(connections, reference, options),
    list: async (repository, options) =>
      toArray(listerWith(connections, repository, options), connections.settings),
    tags: (repository, options) => listerWith(connections, repository, options),
    catalog: async (registry, options) =>
      toArray(cataloggerWith(connections, registry, options), connections.settings),
    repositories: (registry, options) => cataloggerWith(connections, registry, options),
    referrers: async (subject, options) => referrersWith(connections, subject, options),
  });
  return registerOwner(puller, connections);
}
