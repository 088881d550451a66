import { pipeline, PassThrough, type Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { inheritBudget } from '../../internal/streams/budget.js';
import { inheritDisposable } from '../../internal/streams/disposable.js';
import type { Layer } from '../../v1/layer.js';

/** How many layers are opened while a layer above them is read. */
const LAYERS_AHEAD = 2;

/** How many chunks of each are decompressed in advance, which is all of a small layer. */
const CHUNKS_AHEAD = 8;

/** A layer and the stream of its tar. */
export interface OpenedLayer {
  readonly layer: Layer;
  readonly tar: Readable;
}

/**
 * Opens the tars of layers, the top layer first. While one is read, the beginnings of the next ones are decompressed,
 * each on a thread of its own. The caller owns each stream that it receives.
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
    // Streams that are no longer needed are destroyed when they open.
    for (const { stream } of opening) stream.then(discard, () => undefined);
  }
}

/** The promise is in an object, because lint requires that an array of promises is awaited. */
interface Opening {
  readonly layer: Layer;
  readonly stream: Promise<Readable>;
}

function open(layer: Layer, options: AbortOptions): Opening {
  const stream = (async () => readAhead(await layer.uncompressed(options)))();
  // The error is reported when this layer is read, not before.
  stream.catch(() => undefined);
  return { layer, stream };
}

function readAhead(source: Readable): Readable {
  const buffered = new PassThrough({
    readableObjectMode: true,
    readableHighWaterMark: CHUNKS_AHEAD,
    writableHighWaterMark: 1,
  });
  ignoreLateErrors(buffered);
  pipeline(source, buffered, () => undefined);
  ignoreLateErrors(buffered);
  return inheritBudget(source, inheritDisposable(source, buffered));
}
