import type { AbortOptions } from '../internal/async/abort.js';
import { keepingSpools } from '../internal/files/kept-spools.js';
import { mapLimit } from '../internal/async/limit.js';
import type { Reference } from '../name/reference.js';
import { connect, type Connections } from './connection/connection.js';
import type { RemoteOptions } from './connection/options.js';
import { pushWith } from './push.js';
import type { Taggable } from './push/taggable.js';

/**
 * Pushes several things side by side, `jobs` at a time. What they share is sent once: blobs that go to
 * several repositories of a registry are mounted there from the first. The first failure stops the rest.
 *
 * @param entries - such as a Map from references to images and indexes.
 */
export async function multiWrite(
  entries: Iterable<readonly [Reference, Taggable]>,
  options: RemoteOptions = {},
): Promise<void> {
  return multiWriteWith(connect(options), entries, options);
}

export async function multiWriteWith(
  connections: Connections,
  entries: Iterable<readonly [Reference, Taggable]>,
  options: AbortOptions = {},
): Promise<void> {
  const { jobs } = connections.settings;
  await keepingSpools(async () =>
    mapLimit(
      entries,
      jobs,
      async ([reference, taggable], { signal }) => pushWith(connections, reference, taggable, { signal }),
      { signal: options.signal },
    ),
  );
}
