import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls, { type SecureContext } from 'node:tls';
import { AuthError } from '../../errors/service/auth.js';
import type { TlsOptions } from '../guard/http-client.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The TLS settings of connections to one registry. */
export interface TlsSettings {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
}

/**
 * Reads certificates and keys.
 *
 * @throws AuthError if a certificate or the key is invalid. Their content is not quoted.
 */
export function tlsSettings(options: TlsOptions): TlsSettings {
  const authorities = options.ca === undefined ? [] : certificates([options.ca].flat());
  const { cert, key } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new AuthError('a client certificate needs both `cert` and `key`');
  }
  try {
    return {
      secureContext: tls.createSecureContext({
        ...(authorities.length === 0 ? {} : { ca: [...systemCertificates(), ...authorities] }),
        ...(cert === undefined ? {} : { cert, key }),
      }),
      rejectUnauthorized: options.insecureSkipVerify !== true,
    };
  } catch {
    // OpenSSL's reason is cryptic, and its message could quote the input.
    throw new AuthError('cannot read the client certificate or its key', {
      hint: '`cert` and `key` must be PEM text and belong together, and the key must not be encrypted',
    });
  }
}

function certificates(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const found = text.match(CERTIFICATE) ?? [];
    const valid = found.length > 0 && found.every(isCertificate);
    if (!valid)
      throw new AuthError('cannot read `ca`', { hint: '`ca` must be one or more certificates as PEM text' });
    return found;
  });
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}

/** The certificates that Node trusts by default. The option `ca` of Node replaces them, so they are added to it. */
function systemCertificates(): readonly string[] {
  // This function exists since Node 22.15, and respects --use-system-ca.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? [...tls.rootCertificates, ...extraCertificates()];
}

function extraCertificates(): readonly string[] {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  if (file === undefined || file === '') return [];
  try {
    return readFileSync(file, 'utf8').match(CERTIFICATE) ?? [];
  } catch {
    // Node itself only warns about a file that it cannot read.
    return [];
  }
}

/** A key that is equal for equal TLS options. Requests share a connection only if it is equal. */
export function tlsKey({ ca, cert, key, insecureSkipVerify }: TlsOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([ca, cert, key, insecureSkipVerify === true]))
    .digest('base64url');
}
