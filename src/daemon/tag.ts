import { assertOptions } from '../internal/arguments.js';
import { assertReference } from '../name/assert-name.js';
import { assertImageName } from './image-name.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Reference, Tag } from '../name/reference.js';
import type { Hash } from '../v1/hash.js';
import { connect } from './engine/connect.js';
import type { Engine } from './engine/engine.js';
import { nameInDaemon, splitTag } from './image-name.js';
import { inspect, escapeInPath } from './inspect.js';
import type { DaemonOptions } from './engine/options.js';

/**
 * Adds a tag to an image in the daemon, which is named by reference or by its ID. If another image has the tag, it moves.
 *
 * @throws NotFoundError if the daemon does not have the image.
 * @throws TransportError if the daemon cannot be reached.
 */
export async function tag(source: Reference | Hash, target: Tag, options: DaemonOptions = {}): Promise<void> {
  assertImageName(source, 'source');
  assertReference('target', target);
  assertOptions(options);
  const { signal } = options;
  const engine = await connect(options);
  await tagImage(engine, (await inspect(engine, source, { signal })).id, target, { signal });
}

/** Adds a tag to the image with this ID. */
export async function tagImage(engine: Engine, id: Hash, target: Tag, options: AbortOptions): Promise<void> {
  const path = `/images/${escapeInPath(id)}/tag?${new URLSearchParams(splitTag(target)).toString()}`;
  await engine.text(
    { method: 'POST', path, operation: `tag image ${id} as ${nameInDaemon(target)}` },
    options,
  );
}
