import { DigestMismatchError, SizeMismatchError } from '../../errors/invalid/mismatch.js';
import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import type { RequestBody } from '../../transport/session/session.js';
import { hasBlob, isKnownBlob } from '../read/has-blob.js';
import { isTimeout } from '../../transport/wire/network-error.js';
import { PATIENCE_MS } from '../read/ask-head.js';
import { responseOf } from '../connection/not-found.js';
import {
  beginUpload,
  cancelUpload,
  finishUpload,
  type PushAccess,
  sendChunk,
  type UploadTarget,
  type UploadState,
  uploadState,
} from './protocol.js';
import { type Recovery, recoveryFrom, refusesForm, type UploadForm } from './recovery.js';
import type { KnownBlob, UploadSource } from './source.js';
import { publish } from '../../transport/wire/diagnostics.js';
import type { ClaimedUpload } from '../connection/upload-state.js';

export interface UploadOptions extends AbortOptions {
  /** An upload that was started already. */
  readonly place?: UploadTarget | undefined;
  /** Bytes that the registry holds of it. @default 0 */
  readonly offset?: number | undefined;
  /** Where the upload is kept in mind for a later process. */
  readonly claimed?: ClaimedUpload | undefined;
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
  place: UploadTarget | undefined;
  /** Bytes that the registry holds. */
  offset: number;
  chunkSize: number | undefined;
  form: UploadForm;
  /** The form that the registry refused, if it did. */
  refused: UploadForm | undefined;
  /** What was asked last: a new upload, bytes in one of the forms, or to end the upload. */
  step: UploadForm | 'begin' | 'end';
  furthest: number;
  /** The upload was begun by another process, which the registry may not know to be gone. */
  inherited: boolean;
  /** Failures in a row without headway. */
  stalled: number;
}

/** Failures without headway after which an upload is given up. */
const MOST_STALLED = 5;

/**
 * Uploads a blob: two requests if all goes well, the second with the content; three if it is remembered. What breaks goes on where
 * the registry says, or from the start if it does not say, and ends after five failures without headway.
 *
 * Destroys the source. A failed upload is cancelled at the registry, in the background, unless a later process may
 * go on with it.
 */
export async function uploadKnown(
  access: PushAccess,
  blob: KnownBlob,
  source: UploadSource,
  options: UploadOptions,
): Promise<void> {
  const job: Job = { access, blob, source, options };
  const { chunkSize } = access.settings;
  const { place, offset = 0, claimed } = options;
  const registry = access.repository.registryStr();
  const whole =
    chunkSize === undefined && claimed === undefined && offset === 0 && !access.inPieces.has(registry);
  const run: Run = {
    ...{ place, offset, chunkSize, furthest: offset, inherited: offset > 0, stalled: 0 },
    ...{ form: whole ? 'whole' : 'pieces', refused: undefined, step: 'begin' },
  };
  try {
    for (;;) {
      try {
        await attempt(job, run);
        break;
      } catch (error) {
        if (await recover(job, run, error)) break;
      }
    }
    if (run.refused === 'whole') access.inPieces.add(registry);
    await claimed?.forget();
  } catch (error) {
    const useless = error instanceof DigestMismatchError || error instanceof SizeMismatchError;
    if (claimed === undefined || useless) {
      if (run.place !== undefined) cancelUpload(access, run.place);
      await claimed?.forget();
    }
    throw error;
  } finally {
    source.destroy();
  }
}

async function attempt(job: Job, run: Run): Promise<void> {
  const { access, blob, options } = job;
  run.step = 'begin';
  let place = run.place ?? (await beginUpload(access, options));
  await moveTo(job, run, place);
  // The specification has registries report what PATCH brought, not what a broken PUT did.
  const inOnePiece = run.offset === 0 && run.form === 'whole';
  if (!inOnePiece) place = await sendPieces(job, run, place);
  run.step = inOnePiece ? 'whole' : 'end';
  const body = inOnePiece ? piece(job, 0, blob.size) : undefined;
  const told = await finishUpload(access, place, blob, body, options);
  const cutShort = inOnePiece && job.source.position < blob.size;
  // A registry that names another digest, or did not wait for all bytes, is asked whether it has the right blob all the
  // same.
  const believed = !cutShort && (told === undefined || told === blob.digest);
  if (believed || (await isConfirmed(job))) return;
  if (told === undefined || told === blob.digest) {
    throw new TransportError(
      `upload of blob ${blob.digest}: the registry ended it before it had all of the ${blob.size} bytes`,
      { temporary: true },
    );
  }
  throw new DigestMismatchError(`upload of blob ${blob.digest}`, blob.digest, told);
}

async function sendPieces(job: Job, run: Run, first: UploadTarget): Promise<UploadTarget> {
  const { access, blob, options } = job;
  let place = first;
  run.step = 'pieces';
  while (run.offset < blob.size) {
    const length = Math.min(Math.max(run.chunkSize ?? Infinity, place.minChunk), blob.size - run.offset);
    const sent = run.offset + length;
    const state = await sendChunk(access, place, piece(job, run.offset, length), run.offset, options);
    place = state.place;
    await moveTo(job, run, place);
    // The registry may have kept less than it was sent.
    run.inherited = false;
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
  // The session has repeated what may pass later: a registry that starts no upload has said its last word.
  if (run.step === 'begin') throw error;
  if (tryOtherForm(job, run, error)) return false;
  const stalled = noteHeadway(run);
  const usual = recoveryFrom(error, { chunkSize: run.chunkSize, stalled, resumed: run.furthest > 0 });
  const next = usual.action === 'fail' && run.inherited && responseOf(error) !== undefined ? anew : usual;
  if (next.action === 'fail' || stalled >= MOST_STALLED) throw error;
  const { place } = run;
  const silent = isTimeout(error) && place !== undefined;
  // A registry that is silent to this too is down.
  const asked = silent ? await stateAfterSilence(access, place, error, options) : undefined;
  // The answer to the commit may be all that was lost.
  const allSent = source.position === blob.size || run.offset === blob.size;
  if (allSent && (await isKnownBlob(access, blob.digest, access.scopes, options))) return true;

  publish('retry', () => ({ attempt: stalled, delayMs: next.waitMs, error: error as Error }));
  await access.settings.clock.sleep(next.waitMs, options);
  run.chunkSize = next.chunkSize ?? run.chunkSize;
  if (next.chunkSize !== undefined) run.form = 'pieces';
  const resumes = next.action === 'resume' && place !== undefined && !silent;
  const state = resumes ? await uploadState(access, place, { signal: options.signal }) : asked;
  if (state?.held !== undefined && state.held <= blob.size) {
    await moveTo(job, run, state.place);
    run.offset = state.held;
  } else startAnew(job, run);
  options.onResumed(run.offset);
  return false;
}

/** Asks a registry that did not respond to a request how far it got; it is given less time, to fail within a minute. */
async function stateAfterSilence(
  access: PushAccess,
  place: UploadTarget,
  silence: unknown,
  { signal }: AbortOptions,
): Promise<UploadState | undefined> {
  try {
    return await uploadState(access, place, { headersTimeoutMs: PATIENCE_MS, signal });
  } catch (error) {
    throw isTimeout(error) ? silence : error;
  }
}

/** Lets the next attempt send the bytes in the other form, if the registry refuses this one; once. */
function tryOtherForm(job: Job, run: Run, error: unknown): boolean {
  const { step, refused, offset, inherited } = run;
  if ((step !== 'whole' && step !== 'pieces') || refused !== undefined || offset > 0 || inherited)
    return false;
  if (!refusesForm(error, step)) return false;
  run.refused = step;
  run.form = step === 'whole' ? 'pieces' : 'whole';
  startAnew(job, run);
  return true;
}

function startAnew({ access }: Job, run: Run): void {
  if (run.place !== undefined) cancelUpload(access, run.place);
  run.place = undefined;
  run.offset = 0;
  run.inherited = false;
}

const anew: Recovery = { action: 'restart', waitMs: 0 };

/** Where the upload is from now on. */
async function moveTo({ options }: Job, run: Run, place: UploadTarget): Promise<void> {
  run.place = place;
  await options.claimed?.save({ url: place.url.href, minChunk: place.minChunk });
}

/** Counts failures since the registry last held more than ever before. */
function noteHeadway(run: Run): number {
  run.stalled = run.offset > run.furthest ? 0 : run.stalled + 1;
  run.furthest = Math.max(run.furthest, run.offset);
  return run.stalled;
}

async function isConfirmed({ access, blob, options }: Job): Promise<boolean> {
  try {
    return await hasBlob(access, blob, access.scopes, options);
  } catch (error) {
    // The registry has said something wrong before; that it cannot answer confirms nothing.
    if (responseOf(error) === undefined) throw error;
    return false;
  }
}

function piece({ source }: Job, offset: number, size: number): RequestBody {
  return { size, open: async (options) => source.open(offset, size, options) };
}
