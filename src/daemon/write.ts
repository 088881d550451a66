import { assertOptions } from '../internal/arguments.js';
import { assertReference } from '../name/assert-name.js';
import { assertImage } from '../v1/assert-content.js';
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
import { isSameTag, nameInDaemon } from './image-name.js';
import { inspect, type InspectedImage } from './inspect.js';
import { load } from './load.js';
import type { DaemonOptions } from './engine/options.js';
import { tagImage } from './tag.js';

/** Which daemon, and how an image is written to it. */
export interface WriteOptions extends DaemonOptions, Pick<ArchiveOptions, 'jobs' | 'onProgress'> {}

/** The result of a write. */
export interface WriteResult {
  /** The daemon's ID of the image. */
  readonly id: Hash;
  /** Whether the daemon had the image before, so that at most a tag was added. */
  readonly existing: boolean;
  /** The daemon's message, for example `Loaded image: app:v1`; empty if the daemon had the image before. */
  readonly output: string;
}

/**
 * Writes an image to a daemon under a tag. If the daemon already has an image with the same ID, only the tag is added.
 * Otherwise the image is sent as an archive. That needs constant memory, and no disk unless a layer is a one-shot stream or
 * a plain tar that must be compressed. Daemons that keep manifests receive the image's own. After the transfer the function
 * checks that the tag names the image.
 *
 * @throws TransportError with the daemon's message if the daemon did not accept the image, or cannot be reached.
 */
export async function write(tag: Tag, image: Image, options: WriteOptions = {}): Promise<WriteResult> {
  assertReference('tag', tag);
  assertImage('image', image);
  assertOptions(options);
  const { signal, jobs, onProgress } = options;
  const engine = await connect(options);
  const found = await findExisting(engine, image, { signal });
  if (found !== undefined) {
    await ensureTag(engine, found, tag, { signal });
    return { id: found.id, existing: true, output: '' };
  }
  const output = await load(engine, tag, image, { signal, jobs, onProgress });
  return { id: await confirmLoaded(engine, tag, image, { signal }), existing: false, output };
}

async function ensureTag(
  engine: Engine,
  { id, tags }: InspectedImage,
  tag: Tag,
  options: AbortOptions,
): Promise<void> {
  if (!tags.some((known) => isSameTag(known, tag))) await tagImage(engine, id, tag, options);
}

/** Returns the ID of the loaded image. Some versions of podman give it another tag than the one in the archive, so the tag is checked. */
async function confirmLoaded(engine: Engine, tag: Tag, image: Image, options: AbortOptions): Promise<Hash> {
  const tagged = await findId(engine, tag, options);
  if (tagged === (await image.configName(options)) || tagged === (await image.digest(options))) return tagged;
  const loaded = await findExisting(engine, image, options);
  if (loaded === undefined) {
    throw new TransportError(
      `load image ${nameInDaemon(tag)}: ${engine.host} reported success, but does not have the image`,
      { url: engine.host },
    );
  }
  await tagImage(engine, loaded.id, tag, options);
  return loaded.id;
}

async function findId(engine: Engine, tag: Tag, options: AbortOptions): Promise<Hash | undefined> {
  try {
    return (await inspect(engine, tag, options)).id;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}
