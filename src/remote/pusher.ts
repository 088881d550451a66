import type { AbortOptions } from '../internal/async/abort.js';
import { mapLimit } from '../internal/async/limit.js';
import { keepingSpools } from '../internal/files/kept-spools.js';
import { assertReference } from '../name/assert-name.js';
import type { Reference, Repository, Tag } from '../name/reference.js';
import { assertLayer } from '../v1/assert-content.js';
import type { Layer } from '../v1/layer.js';
import { connect, type Connection, registerOwner, type RepositoryWriter } from './connection/connection.js';
import type { RemoteOptions, Reusable } from './connection/options.js';
import { withMountScopes, writeBlob } from './push/blob.js';
import { pushTaggable, putTaggable } from './push/content.js';
import { deleteReference } from './push/delete-manifest.js';
import { assertTaggable, type Taggable } from './push/taggable.js';
import { beginUpload, cancelUpload } from './upload/protocol.js';

/**
 * The writing half of a connection: the writing functions of `remote`, for many writes that share connections and
 * tokens. It remembers which blobs it brought into which repository, so that none is sent twice.
 */
export interface Pusher extends Reusable {
  readonly kind: 'pusher';
  /** Pushes everything that a taggable consists of, its manifest last; see `remote.write`. */
  push(reference: Reference, taggable: Taggable, options?: AbortOptions): Promise<void>;
  /** Puts the manifest of a taggable whose content exists in the repository. One request. */
  put(reference: Reference, taggable: Taggable, options?: AbortOptions): Promise<void>;
  /** Gives a taggable whose content exists in the repository another tag. One request. */
  tag(target: Tag, taggable: Taggable, options?: AbortOptions): Promise<void>;
  /** Uploads a layer, unless the repository has it or can mount it; see `remote.writeLayer`. */
  upload(repository: Repository, layer: Layer, options?: AbortOptions): Promise<void>;
  /** Pushes several taggables in parallel; see `remote.multiWrite`. */
  multiWrite(entries: Iterable<readonly [Reference, Taggable]>, options?: AbortOptions): Promise<void>;
  /** Deletes a tag, or a manifest with all its tags; see `remote.delete`. */
  delete(reference: Reference, options?: AbortOptions): Promise<void>;
  /** Checks that the credentials allow to push, with an upload that is started and cancelled. */
  checkPushPermission(reference: Reference, options?: AbortOptions): Promise<void>;
}

class ConnectionPusher implements Pusher {
  readonly kind = 'pusher';
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async push(reference: Reference, taggable: Taggable, { signal }: AbortOptions = {}): Promise<void> {
    assertTaggable(taggable);
    await keepingSpools(async () => {
      const writer = await this.#writerFor(reference, { signal });
      await pushTaggable(writer, reference.identifier(), taggable, { signal });
    });
  }

  async put(reference: Reference, taggable: Taggable, { signal }: AbortOptions = {}): Promise<void> {
    assertTaggable(taggable);
    const writer = await this.#writerFor(reference, { signal });
    await putTaggable(writer, reference.identifier(), taggable, { signal });
  }

  async tag(target: Tag, taggable: Taggable, options: AbortOptions = {}): Promise<void> {
    await this.put(target, taggable, options);
  }

  async upload(repository: Repository, layer: Layer, { signal }: AbortOptions = {}): Promise<void> {
    assertLayer('layer', layer);
    const writer = await this.#writer(repository, { signal });
    await keepingSpools(async () => writeBlob(withMountScopes(writer, [layer]), layer, { signal }));
  }

  async multiWrite(
    entries: Iterable<readonly [Reference, Taggable]>,
    { signal }: AbortOptions = {},
  ): Promise<void> {
    const { jobs } = this.#connection.settings;
    const given = [...entries];
    for (const [reference, taggable] of given) {
      assertReference('reference', reference);
      assertTaggable(taggable);
    }
    this.#connection.reserve(given.map(([reference]) => reference.context().registry));
    await keepingSpools(async () =>
      mapLimit(
        given,
        jobs,
        async ([reference, taggable], options) => this.push(reference, taggable, options),
        {
          signal,
        },
      ),
    );
  }

  async delete(reference: Reference, { signal }: AbortOptions = {}): Promise<void> {
    assertReference('reference', reference);
    const writer = await this.#connection.writer(reference.context(), { signal }, 'push,pull,delete');
    await deleteReference(writer, reference, { signal });
  }

  async checkPushPermission(reference: Reference, { signal }: AbortOptions = {}): Promise<void> {
    const writer = await this.#writerFor(reference, { signal });
    cancelUpload(writer, await beginUpload(writer, { signal }));
  }

  async #writerFor(reference: Reference, options: AbortOptions): Promise<RepositoryWriter> {
    assertReference('reference', reference);
    return this.#writer(reference.context(), options);
  }

  async #writer(repository: Repository, options: AbortOptions): Promise<RepositoryWriter> {
    return this.#connection.writer(repository, options);
  }
}

/**
 * Makes a pusher. It opens nothing yet, and need not be closed.
 *
 * @throws TypeError if an option is out of range.
 */
export function newPusher(options: RemoteOptions = {}): Pusher {
  const connection = connect(options);
  return registerOwner(Object.freeze(new ConnectionPusher(connection)), connection);
}
