import { failureOf, responseOf } from '../connection/not-found.js';

/** The size of the first chunks after a proxy refused a larger request: below the 100 MB that a well-known one allows. */
const FIRST_CHUNK = 64 * 1024 * 1024;
/** Smaller chunks are not tried. */
const LEAST_CHUNK = 1024 * 1024;

/** Codes of a 400 which mean that the registry has lost the upload. */
const LOST_UPLOAD: ReadonlySet<string> = new Set([
  'BLOB_UPLOAD_INVALID',
  'BLOB_UPLOAD_UNKNOWN',
  'RANGE_INVALID',
]);

/** Codes of a 400 that are not about the form of the request. */
const ABOUT_CONTENT: ReadonlySet<string> = new Set([
  'DENIED',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'TOOMANYREQUESTS',
  'UNAUTHORIZED',
]);

/** What to do about an upload that failed. */
export interface Recovery {
  /** `resume` asks the registry how many bytes it holds, `restart` starts a new upload. */
  readonly action: 'resume' | 'restart' | 'fail';
  /** Milliseconds to wait before that. */
  readonly waitMs: number;
  /** Bytes of the chunks to send from now on. */
  readonly chunkSize?: number | undefined;
}

export interface RecoveryContext {
  /** Bytes of a chunk; undefined if everything was sent in one request. */
  readonly chunkSize: number | undefined;
  /** Failures in a row without progress, this one included. */
  readonly stalled: number;
  /** The upload was continued after an earlier failure. */
  readonly resumed: boolean;
}

/** How the bytes of a blob are sent: `whole` is one PUT request, `chunks` is one or more PATCH requests. */
export type UploadForm = 'whole' | 'chunks';

const FAIL: Recovery = { action: 'fail', waitMs: 0 };

/** Decides by the kind of failure alone. The caller bounds the number of attempts. */
export function recoveryFrom(error: unknown, context: RecoveryContext): Recovery {
  const failure = failureOf(error);
  if (failure === undefined) return FAIL;
  // The status of a token server or a ping says nothing about the upload.
  const status = failure.step === 'request' ? failure.status : undefined;
  const waitMs = Math.max(failure.retryAfterMs ?? 0, backoff(context.stalled));
  // A proxy in front of the registry limits the size of requests: smaller chunks may pass.
  if (status === 413) {
    const chunkSize = context.chunkSize === undefined ? FIRST_CHUNK : Math.floor(context.chunkSize / 8);
    return chunkSize < LEAST_CHUNK ? FAIL : { action: 'restart', waitMs: 0, chunkSize };
  }
  if (status === 416) return { action: 'resume', waitMs: 0 };
  if (status === 404) return { action: 'restart', waitMs: 0 };
  if (status === 400) {
    const codes = failure.diagnostics.map(({ code }) => code);
    const isLost =
      codes.some((code) => LOST_UPLOAD.has(code)) || (context.resumed && codes.includes('DIGEST_INVALID'));
    return isLost ? { action: 'restart', waitMs } : FAIL;
  }
  return failure.temporary ? { action: 'resume', waitMs } : FAIL;
}

/**
 * Whether the registry refused this form of an upload, so that the other form may pass. A broken proxy or an old
 * registry refuses one of the two forms that the specification has.
 */
export function refusesForm(error: unknown, form: UploadForm): boolean {
  const response = responseOf(error);
  if (response?.status === undefined) return false;
  const { status, diagnostics } = response;
  if (status === 405 || status === 411 || status === 415 || status === 501) return true;
  // In response to PATCH, 400 and 404 mean more often that the upload is lost.
  if (form === 'chunks' || (status !== 400 && status !== 404)) return false;
  return !diagnostics.some(({ code }) => ABOUT_CONTENT.has(code));
}

/** Milliseconds before the next attempt: from about 100, four times as long after each failure. */
function backoff(stalled: number): number {
  return (0.5 + Math.random() / 2) * 100 * 4 ** Math.max(stalled - 1, 0);
}
