import { Readable } from 'node:stream';
import { DigestMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { destroyOnAbort, discard, ignoreLateErrors } from '../../internal/streams/consume.js';
import { type Spool, type SpoolWriter, spoolWriter } from '../../internal/files/spool.js';
import type { Layer } from '../../v1/layer.js';
import { uploadKnown } from './known.js';
import { beginUpload, cancelUpload, finishUpload, type PushAccess, sendChunk } from './protocol.js';
import { recoveryFrom, refusesForm } from './recovery.js';
import { type KnownBlob, uploadSource } from './source.js';

export interface StreamUploadOptions extends AbortOptions {
  readonly onBytes: (position: number) => void;
  readonly onResumed: (offset: number) => void;
}

/**
 * Uploads a layer whose digest is only known at its end, while it is made. It is read once: what was
 * sent is also kept in a spool, from which a broken upload goes on.
 */
export async function uploadStream(
  access: PushAccess,
  layer: Layer,
  options: StreamUploadOptions,
): Promise<KnownBlob> {
  const kept = keep(await layer.compressed({ signal: options.signal }), options);
  const send = access.settings.chunkSize === undefined ? sendLive : sendKept;
  try {
    return await send(access, layer, kept, options);
  } finally {
    await kept.close();
  }
}

/** Sends the layer while it is made, in one piece. */
async function sendLive(
  access: PushAccess,
  layer: Layer,
  kept: KeptStream,
  options: StreamUploadOptions,
): Promise<KnownBlob> {
  const { signal } = options;
  const place = await beginUpload(access, { signal });
  try {
    const body = { open: async () => kept.open() };
    const { place: end } = await sendChunk(access, place, body, undefined, { signal });
    const blob = { digest: await layer.digest({ signal }), size: kept.size };
    const told = await finishUpload(access, end, blob, undefined, { signal });
    if (told === undefined || told === blob.digest) return blob;
    throw new DigestMismatchError(`upload of blob ${blob.digest}`, blob.digest, told);
  } catch (error) {
    cancelUpload(access, place);
    signal?.throwIfAborted();
    if (kept.failure !== undefined) throw kept.failure.error;
    const { action } = recoveryFrom(error, { chunkSize: undefined, stalled: 1, resumed: false });
    if (action === 'fail' && !refusesForm(error, 'whole')) throw error;
    if (action !== 'fail') options.onResumed(0);
    return sendKept(access, layer, kept, options);
  }
}

/** Reads the layer to its end and sends what was kept of it, now that its digest is known. */
async function sendKept(
  access: PushAccess,
  layer: Layer,
  kept: KeptStream,
  options: StreamUploadOptions,
): Promise<KnownBlob> {
  const spool = await kept.rest();
  const blob = { digest: await layer.digest({ signal: options.signal }), size: spool.size };
  const opener = { compressed: async () => Promise.resolve(spool.open()) };
  await uploadKnown(access, blob, uploadSource(opener, blob, options.onBytes), options);
  return blob;
}

interface KeptStream {
  readonly size: number;
  /** Why the layer could not be read. */
  readonly failure: { readonly error: unknown } | undefined;
  /** The content as it is made the first time, from the spool after that. */
  open(): Promise<Readable>;
  /** Reads on to the end. */
  rest(): Promise<Spool>;
  close(): Promise<void>;
}

function keep(content: Readable, { onBytes, signal }: StreamUploadOptions): KeptStream {
  const unbind = destroyOnAbort(content, signal);
  const chunks = content[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  const writer: SpoolWriter = spoolWriter();
  let failure: { readonly error: unknown } | undefined;
  let spool: Promise<Spool> | undefined;
  let opened = false;
  let last: Promise<Buffer | null> = Promise.resolve(null);

  const next = async (): Promise<Buffer | null> => {
    try {
      const { done, value } = await chunks.next();
      if (done === true) return null;
      await writer.write(value);
      onBytes(writer.size);
      return value;
    } catch (error) {
      failure ??= { error };
      throw error;
    }
  };
  const live = (): Readable =>
    ignoreLateErrors(
      new Readable({
        read() {
          last = next();
          last.then(
            (chunk) => this.push(chunk),
            (error: unknown) => this.destroy(error as Error),
          );
        },
      }),
    );
  const readOn = async (): Promise<Spool> => {
    await last;
    while ((await next()) !== null);
    return writer.finish();
  };
  const rest = async (): Promise<Spool> => (spool ??= readOn());

  return {
    get size() {
      return writer.size;
    },
    get failure() {
      return failure;
    },
    open: async () => {
      if (opened) return (await rest()).open();
      opened = true;
      return live();
    },
    rest,
    close: async () => {
      unbind();
      discard(content);
      const finished = await spool?.catch(() => undefined);
      await (finished === undefined ? writer.discard() : finished.close());
    },
  };
}
