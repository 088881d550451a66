import type { Writable } from 'node:stream';
import { type ByteSink, intoSink, isByteSink } from '../../internal/streams/web.js';
import { assertText, wrongArgument } from '../../internal/arguments.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { discard } from '../../internal/streams/consume.js';
import type { FilePlan } from './plan.js';
import { type StreamSpools, streamSpools } from './stream-spools.js';
import type { WriteOptions, WriteToFileOptions } from './options.js';
import { writeToPath } from './to-path.js';
import { writeToStream } from './to-stream.js';

/** Plans the files of an archive. Streams whose digest it needs are read into the spools. */
export type Planner = (options: AbortOptions & { readonly spools: StreamSpools }) => Promise<FilePlan>;

/** Writes an archive to a stream. Does not end the stream; destroys it after a failure. */
export async function writePlanned(
  plan: Planner,
  sink: ByteSink,
  { signal, onProgress, jobs }: WriteOptions,
): Promise<void> {
  if (!isByteSink(sink)) throw wrongArgument('writable', sink, 'a Writable or a WritableStream');
  await intoSink(sink, async (writable) => writeToWritable(plan, writable, { signal, onProgress, jobs }));
}

async function writeToWritable(
  plan: Planner,
  writable: Writable,
  { signal, onProgress, jobs }: WriteOptions,
): Promise<void> {
  const spools = streamSpools();
  try {
    const planned = await plan({ signal, spools });
    await writeToStream(planned, writable, { signal, onProgress, jobs, target: 'stream' });
  } catch (error) {
    discard(writable);
    throw error;
  } finally {
    await spools.close();
  }
}

/** Writes an archive to a file that appears under its name only when it is complete and verified. */
export async function writePlannedToFile(
  plan: Planner,
  path: string,
  options: WriteToFileOptions,
): Promise<void> {
  assertText('path', path, 'a path');
  const spools = streamSpools();
  try {
    await writeToPath(await plan({ signal: options.signal, spools }), path, { ...options, target: path });
  } finally {
    await spools.close();
  }
}
