import type { AbortOptions } from '../internal/async/abort.js';
import { assertReference } from '../name/assert-name.js';
import type { Digest, Reference, Registry, Repository } from '../name/reference.js';
import type { Descriptor } from '../v1/descriptor.js';
import { newHash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import type { Layer } from '../v1/layer.js';
import type { Platform } from '../v1/platform.js';
import { connect, type Connection, registerOwner, type RepositoryReader } from './connection/connection.js';
import type { ReferrersFilter, RemoteOptions, Reusable } from './connection/options.js';
import { iterable, type ListOptions, toArray } from './list/names.js';
import { repositoryNames, repositoryPage } from './list/repositories.js';
import { tagNames } from './list/tags.js';
import { blobLayer } from './read/blob-layer.js';
import { headManifest } from './read/head.js';
import { openIndex } from './read/image.js';
import { listReferrers } from './read/referrers.js';
import { type RemoteDescriptor, remoteDescriptor } from './read/remote-descriptor.js';

export interface PullOptions extends AbortOptions {
  /** The image to take from an index. @default the platform of the puller */
  readonly platform?: Platform | undefined;
}

export interface ReferrersOptions extends AbortOptions {
  /** Which referrers to list. @default the filter of the puller */
  readonly filter?: ReferrersFilter | undefined;
}

/**
 * The reading half of a connection: the reading functions of `remote`, for many reads that share connections and tokens.
 * Each method does what the function of the same name does.
 */
export interface Puller extends Reusable {
  readonly kind: 'puller';
  /** The descriptor of a manifest. One request, or two if the response to HEAD lacks a part of it. */
  head(reference: Reference, options?: AbortOptions): Promise<Descriptor>;
  /** The manifest, of whatever kind. One request. */
  get(reference: Reference, options?: AbortOptions): Promise<RemoteDescriptor>;
  /** The image, or the image for the platform if the reference names an index. Config and layers are fetched later. */
  image(reference: Reference, options?: PullOptions): Promise<Image>;
  /** The index. Its children are fetched later. */
  index(reference: Reference, options?: PullOptions): Promise<ImageIndex>;
  /** The blob with a digest. Sends no request yet. */
  layer(reference: Digest, options?: AbortOptions): Promise<Layer>;
  /** The tags of a repository, in the registry's order. */
  list(repository: Repository, options?: ListOptions): Promise<string[]>;
  /** The tags of a repository while they arrive. Each iteration starts again. */
  tags(repository: Repository, options?: ListOptions): AsyncIterable<string>;
  /** The repositories of a registry, in its order. */
  catalog(registry: Registry, options?: ListOptions): Promise<string[]>;
  /** The repositories of a registry while they arrive. Each iteration starts again. */
  repositories(registry: Registry, options?: ListOptions): AsyncIterable<string>;
  /** At most `n` repositories that follow `last`; an empty `last` gives the first ones. */
  catalogPage(registry: Registry, last: string, n: number, options?: AbortOptions): Promise<string[]>;
  /** The manifests that refer to a manifest by their `subject`, as an index, which may be empty. */
  referrers(subject: Digest, options?: ReferrersOptions): Promise<ImageIndex>;
}

class ConnectionPuller implements Puller {
  readonly kind = 'puller';
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async head(reference: Reference, options: AbortOptions = {}): Promise<Descriptor> {
    return headManifest(await this.#reader(reference, options), reference.identifier(), options);
  }

  async get(reference: Reference, options: AbortOptions = {}): Promise<RemoteDescriptor> {
    return remoteDescriptor(await this.#reader(reference, options), reference.identifier(), options);
  }

  async image(reference: Reference, options: PullOptions = {}): Promise<Image> {
    return (await this.get(reference, options)).image(options);
  }

  async index(reference: Reference, options: PullOptions = {}): Promise<ImageIndex> {
    const reader = await this.#reader(reference, options);
    const { platform = reader.settings.platform } = options;
    return openIndex(reader, reference.identifier(), platform, options);
  }

  async layer(reference: Digest, options: AbortOptions = {}): Promise<Layer> {
    return blobLayer(await this.#reader(reference, options), newHash(reference.digestStr()));
  }

  async list(repository: Repository, options: ListOptions = {}): Promise<string[]> {
    return toArray(this.tags(repository, options), this.#connection.settings);
  }

  tags(repository: Repository, options: ListOptions = {}): AsyncIterable<string> {
    const connection = this.#connection;
    return iterable(async function* () {
      yield* tagNames(await connection.reader(repository, options), options);
    });
  }

  async catalog(registry: Registry, options: ListOptions = {}): Promise<string[]> {
    return toArray(this.repositories(registry, options), this.#connection.settings);
  }

  repositories(registry: Registry, options: ListOptions = {}): AsyncIterable<string> {
    return iterable(() => repositoryNames(this.#connection, registry, options));
  }

  async catalogPage(
    registry: Registry,
    last: string,
    n: number,
    options: AbortOptions = {},
  ): Promise<string[]> {
    return repositoryPage(this.#connection, registry, { last, n }, options);
  }

  async referrers(subject: Digest, options: ReferrersOptions = {}): Promise<ImageIndex> {
    const reader = await this.#reader(subject, options);
    const { filter = reader.settings.filter } = options;
    return listReferrers(reader, newHash(subject.digestStr()), filter, options);
  }

  async #reader(reference: Reference, options: AbortOptions): Promise<RepositoryReader> {
    assertReference('reference', reference);
    return this.#connection.reader(reference.context(), options);
  }
}

/**
 * Makes a puller. It opens nothing yet, and need not be closed.
 *
 * @throws TypeError if an option is out of range.
 */
export function newPuller(options: RemoteOptions = {}): Puller {
  const connection = connect(options);
  return registerOwner(Object.freeze(new ConnectionPuller(connection)), connection);
}
