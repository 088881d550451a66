import { finished, type Readable } from 'node:stream';
import { hasSubscribers, publish, type Transfer } from '../../transport/wire/diagnostics.js';
import type { Hash } from '../../v1/hash.js';
import type { RepositoryReader } from '../connection/connection.js';

/** Publishes the diagnostics of one download, if there is a subscriber. */
export interface DownloadWatch {
  /** Called with the offset that the download has reached. */
  readonly onReached: (offset: number) => void;
  /** Called with the offset at which a broken download resumes. */
  readonly onResumed: (offset: number) => void;
  /** Publishes how the stream ends. */
  until(stream: Readable): void;
}

export function watchDownload(
  { repository }: RepositoryReader,
  blob: { readonly digest: Hash; readonly size?: number | undefined },
  start: number,
): DownloadWatch {
  const transfer: Transfer = {
    direction: 'download',
    repository: repository.name(),
    digest: blob.digest,
    size: blob.size,
  };
  const onResumed = (offset: number): void => {
    publish('resume', () => ({ ...transfer, offset }));
  };
  let transferred = start;
  const began = performance.now();
  if (start > 0) onResumed(start);
  return {
    onReached: (offset) => {
      transferred = offset;
    },
    onResumed,
    until: (stream) => {
      if (!hasSubscribers('blob')) return;
      finished(stream, (error) => {
        const outcome = error ? (error.code === 'ERR_STREAM_PREMATURE_CLOSE' ? 'dropped' : 'failed') : 'done';
        const durationMs = Math.round(performance.now() - began);
        publish('blob', () => ({ ...transfer, outcome, transferred, durationMs }));
      });
    },
  };
}
