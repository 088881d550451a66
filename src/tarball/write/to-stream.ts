import type { Writable } from 'node:stream';
import { type AbortOptions, orAborted, firstSignal } from '../../internal/async/abort.js';
import { discard } from '../../internal/streams/consume.js';
import { dispose } from '../../internal/streams/disposable.js';
import { encodeHeader } from '../../internal/tar/format/encode.js';
import { paddingOf, TRAILER } from '../../internal/tar/format/header.js';
import type { FilePlan } from './plan.js';
import { type ContentOptions, readContent, reportPlan } from './file-content.js';
import { readAhead } from './read-ahead.js';

export interface WriteToStreamOptions extends ContentOptions {
  readonly jobs?: number | undefined;
  /** True if the writable does not use a chunk after it has called back, so that the chunk's memory can be reused. @default false */
  readonly keepsNothing?: boolean | undefined;
}

/**
 * Writes a planned archive file after file. Does not end the writable. Destroys it after a failure, so that a part of an
 * archive is not taken for a complete one.
 */
export async function writeToStream(
  plan: FilePlan,
  writable: Writable,
  options: WriteToStreamOptions,
): Promise<void> {
  const broken = new AbortController();
  const signal = firstSignal(options.signal, broken.signal);
  const onError = (error: Error): void => {
    broken.abort(error);
  };
  const onClose = (): void => {
    broken.abort(new Error('the stream was closed before the archive was complete'));
  };
  writable.on('error', onError).on('close', onClose);
  const ahead = readAhead(plan.files, { jobs: options.jobs ?? 4, signal });
  const write = (chunk: Uint8Array): Promise<void> | undefined => {
    signal.throwIfAborted();
    return writable.write(chunk) ? undefined : drained(writable, { signal });
  };
  const writeAndDispose = (chunk: Uint8Array): Promise<void> | undefined => {
    signal.throwIfAborted();
    const free = (error?: Error | null): void => {
      if (error === undefined || error === null) dispose(chunk);
    };
    return writable.write(chunk, free) ? undefined : drained(writable, { signal });
  };
  const sink = options.keepsNothing === true ? { write, writeAndDispose } : { write };
  try {
    if (writable.destroyed || writable.writableEnded) onClose();
    reportPlan(plan.files, options);
    for (let file; (file = ahead.next()) !== undefined;) {
      await write(encodeHeader({ name: file.name, size: file.size }));
      await readContent(file, sink, { ...options, signal });
      await write(Buffer.alloc(paddingOf(file.size)));
    }
    signal.throwIfAborted();
    await orAborted(
      new Promise<void>((resolve) => {
        // The callback comes after all data is written; a failure is reported by the error event.
        writable.write(TRAILER, () => {
          resolve();
        });
      }),
      signal,
    );
  } catch (error) {
    discard(writable);
    throw error;
  } finally {
    writable.off('error', onError).off('close', onClose);
    await ahead.stop();
  }
}

async function drained(writable: Writable, { signal }: AbortOptions): Promise<void> {
  let onDrain = (): void => undefined;
  const drain = new Promise<void>((resolve) => {
    onDrain = resolve;
    writable.once('drain', onDrain);
  });
  try {
    await orAborted(drain, signal);
  } finally {
    writable.off('drain', onDrain);
  }
}
