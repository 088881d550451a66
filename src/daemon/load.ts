import { TransportError } from '../errors/service/transport.js';
import type { AbortOptions } from '../internal/async/abort.js';
import type { Tag } from '../name/reference.js';
import { planArchive, type FilePlan } from '../tarball/write/plan.js';
import { planOciArchive } from '../tarball/write/oci-plan.js';
import { type StreamSpools, streamSpools } from '../tarball/write/stream-spools.js';
import type { WriteOptions } from '../tarball/write/options.js';
import { writeToStream } from '../tarball/write/to-stream.js';
import type { Image } from '../v1/image.js';
import type { OnProgress } from '../v1/progress.js';
import { isDistributable } from '../v1/types.js';
import type { Engine } from './engine/engine.js';
import { nameOf } from './image-name.js';
import { errorIn, messagesIn } from './engine/message-lines.js';

/** Sends an image; gives what the daemon says. */
export async function load(engine: Engine, tag: Tag, image: Image, options: WriteOptions): Promise<string> {
  const { signal, jobs, onProgress } = options;
  const operation = `load image ${nameOf(tag)}`;
  const check = (text: string): void => {
    const said = errorIn(text);
    if (said === undefined) return;
    throw new TransportError(`${operation}: ${said} (${engine.host})`, { url: engine.host, status: 200 });
  };
  const spools = streamSpools();
  try {
    const plan = await planFor(tag, image, spools, { signal });
    const call = { method: 'POST', path: '/images/load?quiet=1', operation, size: plan.size } as const;
    const written = { jobs, onProgress: forDaemon(onProgress, tag), target: tag.name(), keepsNothing: true };
    const response = await engine.send(
      call,
      async (target, options) => writeToStream(plan, target, { ...written, signal: options.signal }),
      { signal, check },
    );
    return messagesIn(response)
      .map(({ stream }) => (typeof stream === 'string' ? stream : ''))
      .join('')
      .trim();
  } finally {
    await spools.close();
  }
}

/**
 * An archive that is a layout beside what Docker's own store reads: containerd and podman keep the image's manifest, and
 * so its digest. Only what Docker has for layers that may not be distributed has no place in it.
 */
async function planFor(
  tag: Tag,
  image: Image,
  spools: StreamSpools,
  options: AbortOptions,
): Promise<FilePlan> {
  for (const layer of await image.layers(options)) {
    if (!isDistributable(await layer.mediaType(options))) {
      return planArchive([[tag, image]], { ...options, spools });
    }
  }
  return planOciArchive([[tag, image]], { ...options, spools });
}

function forDaemon(onProgress: OnProgress | undefined, tag: Tag): OnProgress | undefined {
  if (onProgress === undefined) return undefined;
  return (event) => {
    onProgress({ ...event, sink: 'daemon', target: tag.name() });
  };
}
