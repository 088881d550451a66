import { availableParallelism } from 'node:os';
import type { Readable } from 'node:stream';
import type { AbortOptions } from '../internal/abort.js';
import { generated } from '../internal/generated.js';
import { type Spool, type SpoolWriter, spoolWriter } from '../internal/spool.js';
import { readTar } from '../internal/tar.js';
import type { Layer } from '../v1/layer.js';
import { LayerIndex, type LayerIndexOptions } from './layer-index.js';

/** A layer whose tar was read, verified and set aside, and whose names are known. */
export interface SpooledLayer {
  readonly index: LayerIndex;
  readonly tar: Spool;
}

/** Layers read at a time: the one that is wanted next and those below it. More would fill the disk before it is needed. */
const AHEAD = Math.min(Math.max(availableParallelism(), 2), 4);

/**
 * The layers of an image, the top one first. While one is in use the next ones are decompressed,
 * each on a thread of its own. A layer is closed when the next one is asked for.
 */
export async function* spooledFromTop(
  layers: readonly Layer[],
  options: LayerIndexOptions,
  { signal }: AbortOptions,
): AsyncGenerator<SpooledLayer, undefined> {
  const gone = new AbortController();
  const combined = signal === undefined ? gone.signal : AbortSignal.any([signal, gone.signal]);
  const waiting = [...layers];
  const ahead: Started[] = [];
  const fill = (): void => {
    let layer;
    while (ahead.length < AHEAD && (layer = waiting.pop()) !== undefined) {
      const spooled = spoolLayer(layer, options, { signal: combined });
      spooled.catch(() => undefined);
      ahead.push({ spooled });
    }
  };
  try {
    for (;;) {
      fill();
      const [first] = ahead;
      if (first === undefined) return undefined;
      const layer = await first.spooled;
      yield layer;
      await layer.tar.close();
      ahead.shift();
    }
  } finally {
    gone.abort(new Error('no more layers are needed'));
    for (const result of await Promise.allSettled(ahead.map(({ spooled }) => spooled))) {
      if (result.status === 'fulfilled') await result.value.tar.close();
    }
  }
}

/** In an object, because an array of promises looks as if it had to be awaited. */
interface Started {
  readonly spooled: Promise<SpooledLayer>;
}

async function spoolLayer(
  layer: Layer,
  options: LayerIndexOptions,
  { signal }: AbortOptions,
): Promise<SpooledLayer> {
  const index = new LayerIndex(options);
  const writer = spoolWriter();
  try {
    const source = await layer.uncompressed({ signal });
    for await (const { header } of readTar(kept(source, writer), { signal })) index.add(header);
    index.finish();
    return { index, tar: await writer.finish() };
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

function kept(source: Readable, writer: SpoolWriter): Readable {
  return generated(source, async function* () {
    // Layers yield bytes, never objects.
    for await (const chunk of source as AsyncIterable<Buffer>) {
      await writer.write(chunk);
      yield chunk;
    }
  });
}
