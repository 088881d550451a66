import { type Spool, spoolWriter } from '../../../internal/files/spool.js';
import type { BlobHandler, BlobUpload } from '../blob-handler.js';
import { ProtocolError } from '../protocol-error.js';

/** Opens an upload in the handler. If the handler does not support uploads, the content is spooled, and stored with `put` at the end. */
export async function openUpload(blobs: BlobHandler): Promise<BlobUpload> {
  if (blobs.startUpload !== undefined) return blobs.startUpload();
  if (blobs.put === undefined) throw new ProtocolError(405, 'UNSUPPORTED', 'this registry is read-only');
  const put = blobs.put.bind(blobs);
  const writer = spoolWriter();
  let finished: Promise<Spool> | undefined;
  const finish = async (): Promise<Spool> => (finished ??= writer.finish());
  return {
    append: async (chunks) => {
      for (const chunk of chunks) await writer.write(chunk);
    },
    content: async () => (await finish()).open(),
    commit: async (repository, digest) => put(repository, digest, (await finish()).open()),
    discard: async () => {
      if (finished === undefined) await writer.discard();
      else await (await finished).close();
    },
  };
}
