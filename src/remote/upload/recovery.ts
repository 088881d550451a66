import { responseOf, failureOf } from '../connection/not-found.js';

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

/** Codes of a 400 that are about something else than the form of the request. */
const aboutContent: ReadonlySet<string> = new Set([
  'DENIED',
  'NAME_INVALID',
  'NAME_UNKNOWN',
  'SIZE_INVALID',
  'TOOMANYREQUESTS',
  'UNAUTHORIZED',
]);

/** How the bytes of a blob go to the registry: with PUT in one request, or with PATCH in one or more. */
export type UploadForm = 'whole' | 'pieces';

/**
 * Whether a registry refuses to take bytes in this form, and the other form may pass. A broken proxy or an old registry
 * answers so to one of the two ways that the specification knows.
 */
export function refusesForm(error: unknown, form: UploadForm): boolean {
  const response = responseOf(error);
  if (response?.status === undefined) return false;
  const { status, diagnostics } = response;
  if (status === 405 || status === 411 || status === 415 || status === 501) return true;
  // To a PATCH these say more often that the upload is lost.
  if (form === 'pieces' || (status !== 400 && status !== 404)) return false;
  return !diagnostics.some(({ code }) => aboutContent.has(code));
}

function backoff(stalled: number): number {
  return (0.5 + Math.random() / 2) * 100 * 4 ** Math.max(stalled - 1, 0);
}

/** Below the 100 MB that a well-known proxy allows. */
const FIRST_CHUNK = 64 * 1024 * 1024;
const LEAST_CHUNK = 1024 * 1024;
