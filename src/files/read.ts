import type { Readable } from 'node:stream';
import type { ImageSource } from '../crane/locations/source.js';
import { LimitExceededError } from '../errors/limit-exceeded.js';
import { UnsupportedError } from '../errors/unsupported.js';
import { collect } from '../internal/streams/collect.js';
import { guardStream } from '../partial/layers/open-stream.js';
import { lookupError } from './lookup-error.js';
import { loaderFor, viewOf } from './opened-view.js';
import type { FilesOptions } from './options.js';
import type { FileInLayer } from './view/resolve.js';

/** Options of {@link read} and {@link readText}. */
export interface ReadOptions extends FilesOptions {
  /** Cap on the size of the file; use {@link open} for larger ones. @default 64 MiB */
  readonly maxBytes?: number | undefined;
}

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Reads one file of an image. Links are followed within the root of the image.
 *
 * Layers are looked at from the top, and no more is fetched than necessary: the download of a layer ends after the file, and a
 * layer is never downloaded twice. Of a layer with a table of contents, only this and the ranges of the file are fetched. See
 * {@link FilesOptions.verify} for what is checked.
 *
 * @throws NotFoundError if the image has no such path; its hint names a similar path
 * @throws UnsupportedError if it is not a regular file
 * @throws LimitExceededError if the file is larger than `maxBytes`
 * @throws DigestMismatchError if the content does not have its digest
 * @throws TypeError if the source is not an {@link ImageSource}
 */
export async function read(image: ImageSource, path: string, options: ReadOptions = {}): Promise<Uint8Array> {
  const { maxBytes = MAX_BYTES, signal } = options;
  const stream = await openChecked(image, path, options, maxBytes);
  return collect(stream, { signal, maxBytes, option: 'maxBytes', subject: path });
}

/** Reads one file of an image as UTF-8 text, as {@link read} does. Invalid bytes become U+FFFD. */
export async function readText(image: ImageSource, path: string, options: ReadOptions = {}): Promise<string> {
  return Buffer.from(await read(image, path, options)).toString('utf8');
}

/**
 * Opens one file of an image, of any size. It is found before the promise resolves, as by {@link read}; its bytes are fetched
 * while the stream is read. The caller owns the stream: drain it or destroy it.
 *
 * The stream fails instead of ending if the content does not have its digest, where one is known.
 *
 * @throws NotFoundError if the image has no such path
 * @throws UnsupportedError if it is not a regular file
 * @throws TypeError if the source is not an {@link ImageSource}
 */
export async function open(image: ImageSource, path: string, options: FilesOptions = {}): Promise<Readable> {
  return openChecked(image, path, options, Infinity);
}

async function openChecked(
  image: ImageSource,
  path: string,
  options: FilesOptions,
  maxBytes: number,
): Promise<Readable> {
  const { signal } = options;
  const loader = loaderFor(options, { content: true });
  try {
    const view = await viewOf(image, loader, options);
    try {
      const result = await view.lookup(path, { followLast: true, needsMetadata: false });
      if (result.kind !== 'found') throw lookupError(path, result);
      const source = regularFile(path, result.source);
      if (source.file.header.size > maxBytes) throw new LimitExceededError(path, maxBytes, 'maxBytes');
      const stream = guardStream(await view.open(source, { signal }), { signal });
      stream.once('close', () => {
        loader.close().catch(() => undefined);
      });
      return stream;
    } catch (error) {
      await view.end();
      throw error;
    }
  } catch (error) {
    await loader.close();
    throw error;
  }
}

function regularFile(path: string, source: FileInLayer | undefined): FileInLayer {
  if (source === undefined)
    throw new UnsupportedError(`${path} is a directory`, { hint: '`files.list` lists its content' });
  const { type } = source.file.header;
  if (type !== 'file') throw new UnsupportedError(`${path} is not a regular file, but of type ${type}`);
  return source;
}
