import type { OutgoingHttpHeaders } from 'node:http';

/**
 * The error codes of the distribution specification.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export type ProtocolErrorCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'UNAUTHORIZED'
  | 'DENIED'
  | 'UNSUPPORTED'
  | 'TOOMANYREQUESTS';

/** Further parts of an error response. */
export interface ProtocolErrorOptions {
  /** Machine-readable facts for the member `detail`. */
  readonly detail?: unknown;
  readonly headers?: OutgoingHttpHeaders | undefined;
}

/** An error response of the registry. It is never thrown to a caller of this package: the listener sends it to the client. */
export class ProtocolError extends Error {
  static {
    this.prototype.name = 'ProtocolError';
  }

  readonly status: number;
  readonly code: ProtocolErrorCode;
  readonly detail: unknown;
  readonly headers: OutgoingHttpHeaders;

  constructor(status: number, code: ProtocolErrorCode, message: string, options: ProtocolErrorOptions = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }
}
