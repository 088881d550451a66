import { pipeline, PassThrough, type Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { discard, expectLater } from '../../internal/streams/consume.js';
import { withBudgetOf } from '../../internal/streams/budget.js';
import { asDisposableAs } from '../../internal/streams/disposable.js';
import type { Layer } from '../../v1/layer.js';

/** Layers that are opened while the ones above them are read. */
const LAYERS_AHEAD = 2;

/** Chunks of each that are decompressed before their turn: all of a small layer. */
const CHUNKS_AHEAD = 8;

/** A layer and its tar. */
export interface OpenedLayer {
  readonly layer: Layer;
  readonly tar: Readable;
}

/**
 * The tars of layers, the top one first. While one is read the next ones are opened and decompressed a
 * little way, each on a thread of its own. Whoever takes a stream owns it.
 */
export async function* openFromTop(
  layers: readonly Layer[],
  { signal }: AbortOptions,
): AsyncGenerator<OpenedLayer, undefined> {
  const waiting = [...layers];
  const opening: Opening[] = [];
  try {
    for (;;) {
      while (opening.length <= LAYERS_AHEAD) {
        const layer = waiting.pop();
        if (layer === undefined) break;
        opening.push(open(layer, { signal }));
      }
      const next = opening.shift();
      if (next === undefined) return undefined;
      yield { layer: next.layer, tar: await next.stream };
    }
  } finally {
    // What is not wanted any more is destroyed as soon as it is there.
    for (const { stream } of opening) stream.then(discard, () => undefined);
  }
}

/** In an object, because an array of promises looks as if it had to be awaited. */
interface Opening {
  readonly layer: Layer;
  readonly stream: Promise<Readable>;
}

function open(layer: Layer, options: AbortOptions): Opening {
  const stream = (async () => readAhead(await layer.uncompressed(options)))();
  // The error waits until it is this layer's turn.
  stream.catch(() => undefined);
  return { layer, stream };
}

function readAhead(source: Readable): Readable {
  const buffered = new PassThrough({
    readableObjectMode: true,
    readableHighWaterMark: CHUNKS_AHEAD,
    writableHighWaterMark: 1,
  });
  expectLater(buffered);
  pipeline(source, buffered, () => undefined);
  expectLater(buffered);
  return withBudgetOf(source, asDisposableAs(source, buffered));
}
