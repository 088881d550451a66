import { NotFoundError } from '../errors/service/not-found.js';
import { TransportError } from '../errors/service/transport.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Tag } from '../name/reference.js';
import type { WriteOptions as ArchiveOptions } from '../tarball/write/options.js';
import type { Hash } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import { connect } from './engine/connect.js';
import type { Engine } from './engine/engine.js';
import { findExisting } from './find-existing.js';
import { isSameTag, nameOf } from './image-name.js';
import { inspect, type InspectedImage } from './inspect.js';
import { load } from './load.js';
import type { DaemonOptions } from './engine/options.js';
import { tagImage } from './tag.js';

/** How an image is written to a daemon. */
export interface WriteOptions extends DaemonOptions, Pick<ArchiveOptions, 'jobs' | 'onProgress'> {}

/** What became of a write. */
export interface WriteResult {
  /** ID that the daemon has for the image. */
  readonly id: Hash;
  /** Whether the daemon had the image already, so that at most a tag was set. */
  readonly existing: boolean;
  /** What the daemon said, such as `Loaded image: app:v1`; empty for an image that it had. */
  readonly output: string;
}

/**
 * Gives an image to a daemon under a tag. One that it has already, told by its ID, is only tagged; any other is sent
 * as an archive, which takes no memory and, unless a layer is a one-shot stream or a plain tar that is to be compressed,
 * no disk. Daemons that keep manifests get the image's own. At the end the tag has to be that of the image.
 *
 * @throws {@link TransportError} with the daemon's words if it could not take the image.
 */
export async function write(tag: Tag, image: Image, options: WriteOptions = {}): Promise<WriteResult> {
  const { signal, jobs, onProgress } = options;
  const engine = await connect(options);
  const found = await findExisting(engine, image, { signal });
  if (found !== undefined) {
    await ensureTag(engine, found, tag, { signal });
    return { id: found.id, existing: true, output: '' };
  }
  const output = await load(engine, tag, image, { signal, jobs, onProgress });
  return { id: await confirmed(engine, tag, image, { signal }), existing: false, output };
}

async function ensureTag(
  engine: Engine,
  { id, tags }: InspectedImage,
  tag: Tag,
  options: AbortOptions,
): Promise<void> {
  if (!tags.some((known) => isSameTag(known, tag))) await tagImage(engine, id, tag, options);
}

/** The ID of what was loaded. Some versions of podman give it another tag than it was sent with. */
async function confirmed(engine: Engine, tag: Tag, image: Image, options: AbortOptions): Promise<Hash> {
  const tagged = await idOf(engine, tag, options);
  if (tagged === (await image.configName(options)) || tagged === (await image.digest(options))) return tagged;
  const loaded = await findExisting(engine, image, options);
  if (loaded === undefined) {
    throw new TransportError(`load image ${nameOf(tag)}: ${engine.host} says yes, and does not have it`, {
      url: engine.host,
    });
  }
  await tagImage(engine, loaded.id, tag, options);
  return loaded.id;
}

async function idOf(engine: Engine, tag: Tag, options: AbortOptions): Promise<Hash | undefined> {
  try {
    return (await inspect(engine, tag, options)).id;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
