import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { lazy } from '../../internal/async/lazy.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { type Spool, spool } from '../../internal/files/spool.js';
import { discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { generated } from '../../internal/streams/generated.js';
import { verified } from '../../internal/streams/verify.js';
import { bytesLayer } from '../../partial/layers/bytes-layer.js';
import { compressedToLayer } from '../../partial/layers/compressed-layer.js';
import { fileSource } from '../../partial/layers/file-source.js';
import { guardStream } from '../../partial/layers/open-stream.js';
import { sha256 } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import type { FileContent } from './definition.js';

/** A blob, and what has to be closed when it is no longer read. */
export interface ContentBlob {
  readonly layer: Layer;
  readonly close?: () => Promise<void>;
}

/** A blob of content that is given. A stream is read to its end; if that fails, the stream is destroyed. */
export async function contentBlob(
  content: FileContent,
  argument: string,
  mediaType: MediaType,
  options: AbortOptions,
): Promise<ContentBlob> {
  const type = async (): Promise<MediaType> => mediaType;
  if (typeof content === 'string') return { layer: bytesLayer(Buffer.from(content), type) };
  if (content instanceof Uint8Array) return { layer: bytesLayer(content, type) };
  const kept = await spool(byteStream(content, argument), options);
  return { layer: spoolLayer(kept, mediaType), close: async () => kept.close() };
}

/** Whether a path is that of a directory. */
export async function isDirectory(path: string): Promise<boolean> {
  let found;
  try {
    found = await stat(path);
  } catch (error) {
    throw fileSystemError('read', path, error);
  }
  if (found.isDirectory() || found.isFile()) return found.isDirectory();
  throw new UnsupportedError(`${path} is neither a file nor a directory`, {
    hint: 'give its content as a stream',
  });
}

/** A blob of the bytes of a file. The file is read once for its digest and once for each time the blob is read. */
export function fileBlob(path: string, mediaType: MediaType): Layer {
  const open = fileSource(path);
  const measured = lazy(async (options) => sha256(await open(options), options));
  return compressedToLayer({
    digest: async (options) => (await measured(options)).hash,
    size: async (options) => (await measured(options)).size,
    mediaType: async () => mediaType,
    compressed: async (options) => {
      const { hash, size } = await measured(options);
      return guardStream(verified(await open(options), { digest: hash, size, subject: path }), options);
    },
    exists: async () => true,
  });
}

function spoolLayer(kept: Spool, mediaType: MediaType): Layer {
  const measured = lazy(async (options) => sha256(kept.open(), options));
  const open = async (offset: number, options?: AbortOptions): Promise<Readable> =>
    guardStream(kept.open(offset), options);
  return compressedToLayer({
    digest: async (options) => (await measured(options)).hash,
    size: async () => kept.size,
    mediaType: async () => mediaType,
    compressed: async (options) => open(0, options),
    compressedFrom: async (offset, options) => open(offset, options),
    exists: async () => true,
  });
}

/** The bytes of any stream. Text is encoded as UTF-8. */
function byteStream(content: Exclude<FileContent, string | Uint8Array>, argument: string): Readable {
  const source =
    content instanceof Readable
      ? content
      : ignoreLateErrors(Readable.from(content as AsyncIterable<unknown>));
  if (source.destroyed || source.readableEnded) {
    discard(source);
    throw new TypeError(`${argument}.content must be a stream that was not read before`);
  }
  return generated(source, async function* () {
    for await (const chunk of source as AsyncIterable<unknown>) {
      if (typeof chunk === 'string') yield Buffer.from(chunk);
      else if (chunk instanceof Uint8Array) yield chunk;
      else throw new TypeError(`${argument}.content must be a stream of bytes or text`);
    }
  });
}
