import { NotFoundError } from '../errors/not-found.js';
import { NotComputedError } from '../errors/stream-state.js';
import { TransportError } from '../errors/transport.js';
import type { AbortOptions } from '../internal/abort.js';
import type { Tag } from '../name/reference.js';
import { planArchive } from '../tarball/archive-plan.js';
import { streamSpools } from '../tarball/stream-spools.js';
import type { WriteOptions as ArchiveOptions } from '../tarball/write-options.js';
import { writeToStream } from '../tarball/write-to-stream.js';
import type { Hash } from '../v1/hash.js';
import type { Image } from '../v1/image.js';
import type { OnProgress } from '../v1/progress.js';
import { connect } from './connect.js';
import type { Engine } from './engine.js';
import { isSameTag, nameOf } from './image-name.js';
import { inspect, type InspectedImage } from './inspect.js';
import { errorIn, messagesIn } from './message-lines.js';
import type { DaemonOptions } from './options.js';
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
 * as an archive, which takes no memory and, unless a layer is a one-shot stream, no disk. At the end the daemon is asked
 * whether it has the tag.
 *
 * @throws {@link TransportError} with the daemon's words if it could not take the image.
 */
export async function write(tag: Tag, image: Image, options: WriteOptions = {}): Promise<WriteResult> {
  const { signal, jobs, onProgress } = options;
  const engine = await connect(options);
  const existing = await findExisting(engine, image, { signal });
  if (existing !== undefined) {
    if (!existing.tags.some((known) => isSameTag(known, tag))) {
      await tagImage(engine, existing.id, tag, { signal });
    }
    return { id: existing.id, existing: true, output: '' };
  }
  const output = await load(engine, tag, image, { signal, jobs, onProgress: forDaemon(onProgress, tag) });
  return { id: (await inspect(engine, tag, { signal })).id, existing: false, output };
}

/** Undefined also for an image whose config cannot be known before its layers were read. */
async function findExisting(
  engine: Engine,
  image: Image,
  options: AbortOptions,
): Promise<InspectedImage | undefined> {
  try {
    const id = await image.configName(options);
    const found = await inspect(engine, id, options);
    return found.id === id ? found : undefined;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof NotComputedError) return undefined;
    throw error;
  }
}

async function load(engine: Engine, tag: Tag, image: Image, options: ArchiveOptions): Promise<string> {
  const { signal, jobs, onProgress } = options;
  const operation = `load image ${nameOf(tag)}`;
  const spools = streamSpools();
  try {
    const plan = await planArchive([[tag, image]], { signal, spools });
    const call = { method: 'POST', path: '/images/load?quiet=1', operation, size: plan.size } as const;
    const answer = await engine.send(
      call,
      async (target, asked) =>
        writeToStream(plan, target, {
          signal: asked.signal,
          jobs,
          onProgress,
          target: tag.name(),
          keepsNothing: true,
        }),
      {
        signal,
        check: (text) => {
          const said = errorIn(text);
          if (said === undefined) return;
          throw new TransportError(`${operation}: ${said} (${engine.host})`, {
            url: engine.host,
            status: 200,
          });
        },
      },
    );
    return messagesIn(answer)
      .map(({ stream }) => (typeof stream === 'string' ? stream : ''))
      .join('')
      .trim();
  } finally {
    await spools.close();
  }
}

function forDaemon(onProgress: OnProgress | undefined, tag: Tag): OnProgress | undefined {
  if (onProgress === undefined) return undefined;
  return (event) => {
    onProgress({ ...event, sink: 'daemon', target: tag.name() });
  };
}
