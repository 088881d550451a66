import { DigestMismatchError } from '../errors/mismatch.js';
import { TransportError } from '../errors/transport.js';
import type { AbortOptions } from '../internal/abort.js';
import type { RequestBody } from '../transport/session.js';
import { hasBlob } from './fetch-blob.js';
import {
  beginUpload,
  cancelUpload,
  finishUpload,
  type PushAccess,
  sendChunk,
  type UploadPlace,
  uploadState,
} from './upload-protocol.js';
import { recoveryFrom } from './upload-recovery.js';
import type { KnownBlob, UploadSource } from './upload-source.js';

export interface UploadOptions extends AbortOptions {
  /** An upload that was started already. */
  readonly place?: UploadPlace | undefined;
  /** Told the offset at which a broken upload goes on. */
  readonly onResumed: (offset: number) => void;
}

interface Job {
  readonly access: PushAccess;
  readonly blob: KnownBlob;
  readonly source: UploadSource;
  readonly options: UploadOptions;
}

/** How far a job is. */
interface Run {
  place: UploadPlace | undefined;
  /** Bytes that the registry holds. */
  offset: number;
  chunkSize: number | undefined;
  furthest: number;
  /** Failures in a row without headway. */
  stalled: number;
}

/** Failures without headway after which an upload is given up. */
const MOST_STALLED = 5;

/**
 * Uploads a blob: two requests if all goes well, the second with the content. What breaks goes on where
 * the registry says, or from the start if it does not say, and ends after five failures without headway.
 *
 * Destroys the source. A failed upload is cancelled at the registry, in the background.
 */
export async function uploadKnown(
  access: PushAccess,
  blob: KnownBlob,
  source: UploadSource,
  options: UploadOptions,
): Promise<void> {
  const job: Job = { access, blob, source, options };
  const { chunkSize } = access.settings;
  const run: Run = { place: options.place, offset: 0, chunkSize, furthest: 0, stalled: 0 };
  try {
    for (;;) {
      try {
        await attempt(job, run);
        return;
      } catch (error) {
        if (await recover(job, run, error)) return;
      }
    }
  } catch (error) {
    if (run.place !== undefined) cancelUpload(access, run.place);
    throw error;
  } finally {
    source.destroy();
  }
}

async function attempt(job: Job, run: Run): Promise<void> {
  const { access, blob, options } = job;
  let place = (run.place ??= await beginUpload(access, options));
  const inOnePiece = run.offset === 0 && run.chunkSize === undefined;
  if (!inOnePiece) place = await sendPieces(job, run, place);
  const body = inOnePiece ? piece(job, 0, blob.size) : undefined;
  const told = await finishUpload(access, place, blob.digest, body, options);
  // A registry that names another digest is asked whether it has the right blob all the same.
  if (told === undefined || told === blob.digest || (await isThere(job))) return;
  throw new DigestMismatchError(`upload of blob ${blob.digest}`, blob.digest, told);
}

async function sendPieces(job: Job, run: Run, first: UploadPlace): Promise<UploadPlace> {
  const { access, blob, options } = job;
  let place = first;
  while (run.offset < blob.size) {
    const length = Math.min(Math.max(run.chunkSize ?? Infinity, place.minChunk), blob.size - run.offset);
    const sent = run.offset + length;
    const state = await sendChunk(access, place, piece(job, run.offset, length), run.offset, options);
    run.place = place = state.place;
    // The registry may have kept less than it was sent.
    const held = Math.min(state.held ?? sent, sent);
    const again = held > run.offset && held <= run.furthest;
    run.offset = held;
    // After a restart, pieces that were there before are neither headway nor the lack of it.
    if (!again && noteHeadway(run) >= MOST_STALLED) {
      throw new TransportError(
        `upload of blob ${blob.digest}: the registry keeps nothing beyond ${run.offset} bytes`,
      );
    }
  }
  return place;
}

/** Prepares the next attempt, or throws if there is no point in one; true if the blob turns out to be there. */
async function recover(job: Job, run: Run, error: unknown): Promise<boolean> {
  const { access, blob, source, options } = job;
  options.signal?.throwIfAborted();
  if (source.failure !== undefined) throw source.failure.error;
  const stalled = noteHeadway(run);
  const next = recoveryFrom(error, { chunkSize: run.chunkSize, stalled, resumed: run.furthest > 0 });
  if (next.action === 'fail' || stalled >= MOST_STALLED) throw error;
  // The answer to the commit may be all that was lost.
  if (source.position === blob.size && (await isThere(job))) return true;

  await access.settings.clock.sleep(next.waitMs, options);
  run.chunkSize = next.chunkSize ?? run.chunkSize;
  const { place } = run;
  const state =
    next.action === 'resume' && place !== undefined ? await uploadState(access, place, options) : undefined;
  if (state?.held !== undefined && state.held <= blob.size) {
    run.place = state.place;
    run.offset = state.held;
  } else {
    if (place !== undefined) cancelUpload(access, place);
    run.place = undefined;
    run.offset = 0;
  }
  options.onResumed(run.offset);
  return false;
}

/** Counts failures since the registry last held more than ever before. */
function noteHeadway(run: Run): number {
  run.stalled = run.offset > run.furthest ? 0 : run.stalled + 1;
  run.furthest = Math.max(run.furthest, run.offset);
  return run.stalled;
}

function piece({ source }: Job, offset: number, size: number): RequestBody {
  return { size, open: async (options) => source.open(offset, size, options) };
}

async function isThere({ access, blob, options }: Job): Promise<boolean> {
  return hasBlob(access, blob.digest, access.scopes, options);
}
