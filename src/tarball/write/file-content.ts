import type { Readable } from 'node:stream';
import { SizeMismatchError } from '../../errors/invalid/mismatch.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { consume } from '../../internal/streams/consume.js';
import { isDisposable } from '../../internal/streams/disposable.js';
import { isVerifiedAs } from '../../internal/streams/verified-mark.js';
import { verified } from '../../internal/streams/verify.js';
import { type OnProgress, progressReporter } from '../../v1/progress.js';
import type { PlannedFile } from './plan.js';

export interface ContentOptions extends AbortOptions {
  readonly onProgress?: OnProgress | undefined;
  /** Name of the archive in progress events. */
  readonly target: string;
}

/** Receives content. A returned promise asks to wait before the next chunk. */
export interface ContentSink {
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** Writes the chunk, and disposes of it when it is written. */
  writeAndDispose?(chunk: Uint8Array): Promise<void> | undefined;
}

/**
 * Passes the content of a planned file to the sink, chunk by chunk. Fails unless the content has the planned size and, for a
 * blob, the digest. Reports the progress of a blob, and the end of a manifest.
 */
export async function readContent(
  file: PlannedFile,
  sink: ContentSink,
  options: ContentOptions,
): Promise<void> {
  const { signal } = options;
  const { content, size } = file;
  const report = reporter(file, options);
  report('started', 0);
  let transferred = 0;
  try {
    if (content instanceof Uint8Array) {
      await sink.write(content);
      transferred = size;
    } else {
      const stream = verifiedContent(file, await content({ signal }));
      const ownsChunks = isDisposable(stream);
      await consume(
        stream,
        (chunk) => {
          transferred += chunk.byteLength;
          if (transferred > size) throw new SizeMismatchError(file.name, size, transferred);
          report('progress', transferred);
          return ownsChunks && sink.writeAndDispose !== undefined
            ? sink.writeAndDispose(chunk)
            : sink.write(chunk);
        },
        { signal },
      );
      if (transferred !== size) throw new SizeMismatchError(file.name, size, transferred);
    }
  } catch (error) {
    report('failed', transferred);
    throw error;
  }
  report('done', transferred);
}

/** Reports the blobs of an archive that is about to be written. */
export function reportPlan(files: readonly PlannedFile[], { onProgress, target }: ContentOptions): void {
  const blobs = files
    .filter(({ blob }) => blob !== undefined && blob.manifest !== true)
    .map(({ blob, size }) => ({ digest: blob?.digest, size }));
  progressReporter('archive', target, onProgress).plan({ blobs });
}

/** Verifies a blob's stream. This library's sources verify their streams already, but a layer may come from another source. */
export function verifiedContent({ blob, size }: PlannedFile, stream: Readable): Readable {
  if (blob === undefined || isVerifiedAs(stream, blob.digest)) return stream;
  return verified(stream, { digest: blob.digest, size, subject: `layer ${blob.digest}` });
}

function reporter({ blob, size }: PlannedFile, { onProgress, target }: ContentOptions) {
  const progress = progressReporter('archive', target, onProgress);
  return (state: 'started' | 'progress' | 'done' | 'failed', transferred: number): void => {
    if (blob === undefined) return;
    const { digest } = blob;
    if (blob.manifest !== true) progress.blob(state, { digest, size }, transferred);
    else if (state === 'done') progress.manifest(state, { digest, size });
  };
}
