import { failureOf } from './not-found.js';

/** What to do about an upload that failed. */
export interface Recovery {
  /** `resume` asks the registry how far it got, `restart` begins anew. */
  readonly action: 'resume' | 'restart' | 'fail';
  /** Milliseconds to wait before. */
  readonly waitMs: number;
  /** Send smaller pieces from now on. */
  readonly chunkSize?: number | undefined;
}

export interface RecoveryContext {
  /** Bytes of a piece; undefined if everything was sent at once. */
  readonly chunkSize: number | undefined;
  /** Failures in a row without headway, this one included. */
  readonly stalled: number;
  /** The upload was continued after a failure before. */
  readonly resumed: boolean;
}

/** Decides by the kind of failure only; how often is for the caller to bound. */
export function recoveryFrom(error: unknown, context: RecoveryContext): Recovery {
  const failure = failureOf(error);
  if (failure === undefined) return fail;
  // The status of a token server or a ping says nothing about the upload.
  const status = failure.step === 'request' ? failure.status : undefined;
  const waitMs = Math.max(failure.retryAfterMs ?? 0, backoff(context.stalled));
  // A proxy in front of the registry limits requests: smaller pieces may pass.
  if (status === 413) {
    const chunkSize = context.chunkSize === undefined ? FIRST_CHUNK : Math.floor(context.chunkSize / 8);
    return chunkSize < LEAST_CHUNK ? fail : { action: 'restart', waitMs: 0, chunkSize };
  }
  if (status === 416) return { action: 'resume', waitMs: 0 };
  if (status === 404) return { action: 'restart', waitMs: 0 };
  if (status === 400) {
    const codes = failure.diagnostics.map(({ code }) => code);
    const lost =
      codes.some((code) => lostUpload.has(code)) || (context.resumed && codes.includes('DIGEST_INVALID'));
    return lost ? { action: 'restart', waitMs } : fail;
  }
  return failure.temporary ? { action: 'resume', waitMs } : fail;
}

const fail: Recovery = { action: 'fail', waitMs: 0 };

const lostUpload: ReadonlySet<string> = new Set([
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'RANGE_INVALID',
]);

function backoff(stalled: number): number {
  return (0.5 + Math.random() / 2) * 100 * 4 ** Math.max(stalled - 1, 0);
}

/** Below the 100 MB that a well-known proxy allows. */
const FIRST_CHUNK = 64 * 1024 * 1024;
const LEAST_CHUNK = 1024 * 1024;
