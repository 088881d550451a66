import type { AbortOptions } from '../internal/async/abort.js';
import type { Reference, Repository, Tag } from '../name/reference.js';
import type { Layer } from '../v1/layer.js';
import { connect, registerOwner } from './connection/connection.js';
import { deleteWith } from './delete.js';
import { multiWriteWith } from './multi-write.js';
import type { RemoteOptions, Reusable } from './connection/options.js';
import { pushWith, putWith } from './push.js';
import type { Taggable } from './push/taggable.js';
import { writeLayerWith } from './write-layer.js';

/**
 * The writing functions of `remote` on connections and tokens of their own. It remembers which blobs it
 * brought where, so that none is sent twice.
 */
export interface Pusher extends Reusable {
  readonly kind: 'pusher';
  /** Everything that the taggable consists of, its manifest last. */
  push(reference: Reference, taggable: Taggable, options?: AbortOptions): Promise<void>;
  /** Only the manifest. */
  put(reference: Reference, taggable: Taggable, options?: AbortOptions): Promise<void>;
  tag(target: Tag, taggable: Taggable, options?: AbortOptions): Promise<void>;
  /** One blob. */
  upload(repository: Repository, layer: Layer, options?: AbortOptions): Promise<void>;
  multiWrite(entries: Iterable<readonly [Reference, Taggable]>, options?: AbortOptions): Promise<void>;
  delete(reference: Reference, options?: AbortOptions): Promise<void>;
}

/**
 * Makes a pusher. Opens nothing, and holds nothing that would have to be closed.
 *
 * @throws TypeError if an option is out of range.
 */
export function newPusher(options: RemoteOptions = {}): Pusher {
  const connections = connect(options);
  const pusher = Object.freeze<Pusher>({
    kind: 'pusher',
    push: async (reference, taggable, options = {}) => pushWith(connections, reference, taggable, options),
    put: async (reference, taggable, options = {}) => putWith(connections, reference, taggable, options),
    tag: async (target, taggable, options = {}) => putWith(connections, target, taggable, options),
    upload: async (repository, layer, options) => writeLayerWith(connections, repository, layer, options),
    multiWrite: async (entries, options) => multiWriteWith(connections, entries, options),
    delete: async (reference, options) => deleteWith(connections, reference, options),
  });
  return registerOwner(pusher, connections);
}
