import { Readable } from 'node:stream';
import { DigestMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { destroyOnAbort, discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { type Spool, type SpoolWriter, spoolWriter } from '../../internal/files/spool.js';
import type { Layer } from '../../v1/layer.js';
import type { RepositoryWriter } from '../connection/connection.js';
import { BlobUpload } from './blob-upload.js';
import { beginUpload, cancelUpload, finishUpload, type KnownBlob, sendChunk } from './protocol.js';
import { recoveryFrom, refusesForm } from './recovery.js';
import { UploadSource } from './source.js';

export interface StreamUploadOptions extends AbortOptions {
  /** Called with the number of bytes that were read. */
  readonly onBytes: (position: number) => void;
  /** Called with the offset at which a broken upload resumes. */
  readonly onResumed: (offset: number) => void;
}

/**
 * Uploads a layer while it is made, because its digest is known only at its end. The layer is read once: the bytes that
 * were sent are also kept in a spool, from which a broken upload continues.
 */
export async function uploadStream(
  writer: RepositoryWriter,
  layer: Layer,
  options: StreamUploadOptions,
): Promise<KnownBlob> {
  const content = new SpooledContent(await layer.compressed({ signal: options.signal }), options);
  const send = writer.settings.chunkSize === undefined ? sendLive : sendSpooled;
  try {
    return await send(writer, layer, content, options);
  } finally {
    await content.close();
  }
}

/** Sends the layer in one request while it is made. */
async function sendLive(
  writer: RepositoryWriter,
  layer: Layer,
  content: SpooledContent,
  options: StreamUploadOptions,
): Promise<KnownBlob> {
  const { signal } = options;
  const upload = await beginUpload(writer, { signal });
  try {
    const body = { open: async () => content.open() };
    const sent = await sendChunk(writer, upload, body, undefined, { signal });
    const blob = { digest: await layer.digest({ signal }), size: content.size };
    const reportedDigest = await finishUpload(writer, sent.upload, blob, undefined, { signal });
    if (reportedDigest === undefined || reportedDigest === blob.digest) return blob;
    throw new DigestMismatchError(`upload of blob ${blob.digest}`, blob.digest, reportedDigest);
  } catch (error) {
    cancelUpload(writer, upload);
    signal?.throwIfAborted();
    if (content.failure !== undefined) throw content.failure.error;
    const { action } = recoveryFrom(error, { chunkSize: undefined, stalled: 1, resumed: false });
    if (action === 'fail' && !refusesForm(error, 'whole')) throw error;
    if (action !== 'fail') options.onResumed(0);
    return sendSpooled(writer, layer, content, options);
  }
}

/** Reads the layer to its end, and sends the spool now that the digest is known. */
async function sendSpooled(
  writer: RepositoryWriter,
  layer: Layer,
  content: SpooledContent,
  options: StreamUploadOptions,
): Promise<KnownBlob> {
  const spool = await content.readToEnd();
  const blob = { digest: await layer.digest({ signal: options.signal }), size: spool.size };
  const source = new UploadSource({ compressed: async () => spool.open() }, blob, options.onBytes);
  await new BlobUpload(writer, blob, source, options).send();
  return blob;
}

/** The content of a layer that is read once, and kept in a spool while it is read. */
class SpooledContent {
  readonly #content: Readable;
  readonly #chunks: AsyncIterator<Buffer, undefined>;
  readonly #onBytes: (position: number) => void;
  readonly #unbind: () => void;
  readonly #writer: SpoolWriter = spoolWriter();
  #failure: { readonly error: unknown } | undefined;
  #spool: Promise<Spool> | undefined;
  #isOpened = false;
  #lastRead: Promise<Buffer | null> = Promise.resolve(null);

  /** Owns the stream. */
  constructor(content: Readable, { onBytes, signal }: StreamUploadOptions) {
    this.#content = content;
    this.#unbind = destroyOnAbort(content, signal);
    this.#chunks = content[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
    this.#onBytes = onBytes;
  }

  /** The bytes that were read. */
  get size(): number {
    return this.#writer.size;
  }

  /** Why the layer could not be read. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  /** The content while it is made the first time, and from the spool after that. */
  async open(): Promise<Readable> {
    if (this.#isOpened) return (await this.readToEnd()).open();
    this.#isOpened = true;
    return this.#live();
  }

  /** Reads the rest of the content into the spool. */
  async readToEnd(): Promise<Spool> {
    return (this.#spool ??= this.#readRest());
  }

  /** Destroys the stream and removes the spool. */
  async close(): Promise<void> {
    this.#unbind();
    discard(this.#content);
    const finished = await this.#spool?.catch(() => undefined);
    await (finished === undefined ? this.#writer.discard() : finished.close());
  }

  #live(): Readable {
    const stream = new Readable({
      read: () => {
        this.#lastRead = this.#next();
        this.#lastRead.then(
          (chunk) => stream.push(chunk),
          (error: unknown) => stream.destroy(error as Error),
        );
      },
    });
    ignoreLateErrors(stream);
    return stream;
  }

  async #readRest(): Promise<Spool> {
    // The live stream may be in the middle of a read.
    await this.#lastRead;
    while ((await this.#next()) !== null);
    return this.#writer.finish();
  }

  async #next(): Promise<Buffer | null> {
    try {
      const { done, value } = await this.#chunks.next();
      if (done === true) return null;
      await this.#writer.write(value);
      this.#onBytes(this.#writer.size);
      return value;
    } catch (error) {
      this.#failure ??= { error };
      throw error;
    }
  }
}
