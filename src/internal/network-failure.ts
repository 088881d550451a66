/** The reason of a network failure, in words. */
export interface NetworkFailure {
  /** Ends the message of an error. */
  readonly text: string;
  /** Whether the same request may succeed later. */
  readonly temporary: boolean;
}

const CLOSED: NetworkFailure = { text: 'the connection was closed in the middle', temporary: true };
const UNKNOWN_AUTHORITY: NetworkFailure = {
  text: 'the certificate is signed by an unknown authority',
  temporary: false,
};

const failures: Readonly<Record<string, NetworkFailure>> = {
  ECONNRESET: CLOSED,
  EPIPE: CLOSED,
  ECONNABORTED: CLOSED,
  ECONNREFUSED: { text: 'connection refused', temporary: true },
  ETIMEDOUT: { text: 'timed out', temporary: true },
  EHOSTUNREACH: { text: 'host unreachable', temporary: true },
  ENETUNREACH: { text: 'network unreachable', temporary: true },
  EAI_AGAIN: { text: 'name lookup failed temporarily', temporary: true },
  ENOTFOUND: { text: 'no such host', temporary: false },
  EPROTO: { text: 'no TLS on this port', temporary: false },
  ERR_TLS_CERT_ALTNAME_INVALID: { text: 'the certificate is for another host', temporary: false },
  CERT_HAS_EXPIRED: { text: 'the certificate has expired', temporary: false },
  CERT_NOT_YET_VALID: { text: 'the certificate is not valid yet', temporary: false },
  DEPTH_ZERO_SELF_SIGNED_CERT: { text: 'the certificate is self-signed', temporary: false },
  SELF_SIGNED_CERT_IN_CHAIN: UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNKNOWN_AUTHORITY,
};

/** The reason that belongs to a code of the system, of Node or of OpenSSL; undefined for an unknown code. */
export function networkFailure(code: string | undefined): NetworkFailure | undefined {
  return code !== undefined && Object.hasOwn(failures, code) ? failures[code] : undefined;
}

/** The codes of a certificate that a trusted authority did not sign: another `ca` may help. */
export const untrustedCertificateCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);
