import { publish, type Transfer } from '../../transport/wire/diagnostics.js';
import { type BlobProgress, progressReporter, type TransferredBlob } from '../../v1/progress.js';
import type { RepositoryWriter } from '../connection/connection.js';

/** The bytes between two progress events. */
const STEP = 512 * 1024;

/** Reports one event of an upload to `onProgress` and to the diagnostics. */
export type ReportBlob = (state: BlobProgress['state'], transferred: number) => void;

export function blobReporter(
  { repository, settings }: RepositoryWriter,
  blob: TransferredBlob,
  began = performance.now(),
): ReportBlob {
  const { digest, size } = blob;
  const target = repository.name();
  const progress = progressReporter('registry', target, settings.onProgress);
  const transfer: Transfer = { direction: 'upload', repository: target, digest, size };
  return (state, transferred) => {
    progress.blob(state, blob, transferred);
    if (state === 'resumed') publish('resume', () => ({ ...transfer, offset: transferred }));
    if (state === 'done' || state === 'failed' || state === 'existing' || state === 'mounted') {
      const durationMs = Math.round(performance.now() - began);
      publish('blob', () => ({ ...transfer, outcome: state, transferred, durationMs }));
    }
  };
}

/** Sends a blob, and reports the start, the progress after each step, and a failure. The caller reports success. */
export async function reported(
  report: ReportBlob,
  send: (onBytes: (position: number) => void) => Promise<void>,
): Promise<void> {
  let next = STEP;
  let position = 0;
  report('started', 0);
  try {
    await send((reached) => {
      if (reached < position) next = reached + STEP;
      position = reached;
      if (reached < next) return;
      next = reached + STEP;
      report('progress', reached);
    });
  } catch (error) {
    report('failed', position);
    throw error;
  }
}
