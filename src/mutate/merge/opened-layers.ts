import { pipeline, PassThrough, type Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { inheritBudget } from '../../internal/streams/budget.js';
import { inheritDisposable } from '../../internal/streams/disposable.js';
import type { Layer } from '../../v1/layer.js';

/** Layers that are opened while the ones above them are read. */
const AHEAD = 2;

/** Chunks of each that are decompressed before their turn: all of a small layer. */
const AHEAD_CHUNKS = 8;

/** A layer and its tar. */
export interface OpenedLayer {
  readonly layer: Layer;
  readonly tar: Readable;
}

/**
 * The tars of layers, the top one first. While one is read the next ones are opened and decompressed a
 * little way, each on a thread of its own. Whoever takes a stream owns it.
 */
export async function* openedFromTop(
  layers: readonly Layer[],
  { signal }: AbortOptions,
): AsyncGenerator<OpenedLayer, undefined> {
  const waiting = [...layers];
  const opening: Opening[] = [];
  try {
    for (;;) {
      while (opening.length <= AHEAD) {
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
  const stream = (async () => ahead(await layer.uncompressed(options)))();
  // The error waits until it is this layer's turn.
  stream.catch(() => undefined);
  return { layer, stream };
}

function ahead(source: Readable): Readable {
  const buffered = new PassThrough({
    readableObjectMode: true,
    readableHighWaterMark: AHEAD_CHUNKS,
    writableHighWaterMark: 1,
  });
  ignoreLateErrors(buffered);
  pipeline(source, buffered, () => undefined);
  ignoreLateErrors(buffered);
  return inheritBudget(source, inheritDisposable(source, buffered));
}
