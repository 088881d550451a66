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
import { nameInDaemon } from './image-name.js';
import { findErrorMessage, parseMessages } from './engine/message-lines.js';

/** Sends an image to a daemon. The result is the text of the daemon's messages. */
export async function load(engine: Engine, tag: Tag, image: Image, options: WriteOptions): Promise<string> {
  const { signal, jobs, onProgress } = options;
  const operation = `load image ${nameInDaemon(tag)}`;
  const check = (text: string): void => {
    const reason = findErrorMessage(text);
    if (reason === undefined) return;
    throw new TransportError(`${operation}: ${reason} (${engine.host})`, { url: engine.host, status: 200 });
  };
  const spools = streamSpools();
  try {
    const plan = await planUpload(tag, image, spools, { signal });
    const call = { method: 'POST', path: '/images/load?quiet=1', operation, size: plan.size } as const;
    const streamOptions = {
      jobs,
      onProgress: progressOfDaemon(onProgress, tag),
      target: tag.name(),
      keepsNothing: true,
    };
    const response = await engine.send(
      call,
      async (target, options) => writeToStream(plan, target, { ...streamOptions, signal: options.signal }),
      { signal, check },
    );
    return parseMessages(response)
      .map(({ stream }) => (typeof stream === 'string' ? stream : ''))
      .join('')
      .trim();
  } finally {
    await spools.close();
  }
}

/**
 * Plans the archive to send. An OCI archive with the files that Docker's own store reads is the first choice, because
 * containerd and podman then keep the image's manifest, and so its digest. Docker's non-distributable layers cannot be in
 * such an archive; an image with one is sent in the format of `docker save`.
 */
async function planUpload(
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

function progressOfDaemon(onProgress: OnProgress | undefined, tag: Tag): OnProgress | undefined {
  if (onProgress === undefined) return undefined;
  return (event) => {
    onProgress({ ...event, sink: 'daemon', target: tag.name() });
  };
}
