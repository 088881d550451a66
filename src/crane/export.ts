import type { Readable } from 'node:stream';
import { assertTarget, type ByteSink, intoSink } from '../internal/streams/web.js';
import { writeFileAtomic } from '../internal/files/atomic-file.js';
import { discard } from '../internal/streams/consume.js';
import { lazyStream } from '../internal/streams/lazy-stream.js';
import { pour } from '../internal/streams/pour.js';
import { extract, type ExtractOptions } from '../mutate/extract.js';
import type { Image } from '../v1/image.js';
import { imageFrom, type ImageSource, sourceText } from './locations/source.js';
import type { CraneOptions } from './names/options.js';
import { isLayer } from '../v1/types.js';
import { reportReads } from './locations/report-reads.js';

/** How the file system of an image is exported: what `mutate.extract` takes, and how the image is found. */
export interface ExportOptions extends CraneOptions, ExtractOptions {}

/**
 * Writes the filesystem of an image, or of the image at a location, as one tar, to a file or to a stream; see
 * `mutate.extract`. Of an index, the image for `platform`, or for linux/amd64, is used. If the image has only one blob and
 * that blob is not a layer, the blob is written as it is.
 *
 * A file appears under its name once it is complete. A stream, of Node or of the web, is not ended after success, and is
 * destroyed after a failure.
 */
export async function exportImage(
  source: ImageSource,
  target: string | ByteSink,
  { onProgress, ...options }: ExportOptions = {},
): Promise<void> {
  assertTarget(target);
  const { signal } = options;
  const open = async (): Promise<Readable> => {
    const image = reportReads(await imageFrom(source, options), sourceText(source), onProgress);
    return (await soleBlob(image, options)) ?? extract(image, options);
  };
  if (typeof target === 'string') {
    await writeFileAtomic(target, await open(), { signal });
    return;
  }
  await intoSink(target, async (writable) => {
    const content = await open().catch((error: unknown) => {
      discard(writable);
      throw error;
    });
    await pour(content, writable, { signal });
  });
}

async function soleBlob(image: Image, { signal }: ExportOptions): Promise<Readable | undefined> {
  const [layer, ...more] = await image.layers({ signal });
  if (layer === undefined || more.length > 0 || isLayer(await layer.mediaType({ signal }))) return undefined;
  return lazyStream(async (gone) => layer.uncompressed({ signal: gone }));
}
