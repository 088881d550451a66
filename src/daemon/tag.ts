import type { AbortOptions } from '../internal/async/abort.js';
import type { Reference, Tag } from '../name/reference.js';
import type { Hash } from '../v1/hash.js';
import { connect } from './engine/connect.js';
import type { Engine } from './engine/engine.js';
import { nameOf, partsOf } from './image-name.js';
import { inspect, pathOf } from './inspect.js';
import type { DaemonOptions } from './engine/options.js';

/**
 * Gives an image of the daemon, by reference or by its ID, one more tag; another image that has that tag loses it.
 *
 * @throws {@link NotFoundError} if the daemon has no such image.
 */
export async function tag(source: Reference | Hash, target: Tag, options: DaemonOptions = {}): Promise<void> {
  const { signal } = options;
  const engine = await connect(options);
  await tagImage(engine, (await inspect(engine, source, { signal })).id, target, { signal });
}

export async function tagImage(engine: Engine, id: Hash, target: Tag, options: AbortOptions): Promise<void> {
  const path = `/images/${pathOf(id)}/tag?${new URLSearchParams(partsOf(target)).toString()}`;
  await engine.text({ method: 'POST', path, operation: `tag image ${id} as ${nameOf(target)}` }, options);
}
