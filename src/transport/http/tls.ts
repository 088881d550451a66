import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls, { type SecureContext } from 'node:tls';
import { AuthError } from '../../errors/service/auth.js';
import type { TlsOptions } from '../guard/client.js';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What a connection of one registry is made with. */
export interface TlsSettings {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
}

/**
 * Reads certificates and keys once.
 *
 * @throws {@link AuthError} if they are not what they should be; their content is not quoted.
 */
export function tlsSettings(options: TlsOptions): TlsSettings {
  const own = options.ca === undefined ? [] : certificates([options.ca].flat());
  const { cert, key } = options;
  if ((cert === undefined) !== (key === undefined)) {
    throw new AuthError('a client certificate needs both `cert` and `key`');
  }
  try {
    return {
      secureContext: tls.createSecureContext({
        ...(own.length === 0 ? {} : { ca: [...systemCertificates(), ...own] }),
        ...(cert === undefined ? {} : { cert, key }),
      }),
      rejectUnauthorized: options.insecureSkipVerify !== true,
    };
  } catch {
    // OpenSSL's reason is cryptic, and its message could quote the input.
    throw new AuthError('cannot read the client certificate or its key', {
      hint: '`cert` and `key` hold PEM text, belong together, and the key is not encrypted',
    });
  }
}

function certificates(texts: readonly string[]): string[] {
  return texts.flatMap((text) => {
    const found = text.match(CERTIFICATE) ?? [];
    const valid = found.length > 0 && found.every(isCertificate);
    if (!valid)
      throw new AuthError('cannot read `ca`', { hint: '`ca` holds one or more certificates as PEM text' });
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

/** Node replaces its defaults by `ca`; these are what it replaces. */
function systemCertificates(): readonly string[] {
  // Since Node 22.15; it also knows about --use-system-ca.
  const { getCACertificates } = tls as { getCACertificates?: (type: 'default') => string[] };
  return getCACertificates?.('default') ?? [...tls.rootCertificates, ...extraCertificates()];
}

function extraCertificates(): readonly string[] {
  const file = process.env.NODE_EXTRA_CA_CERTS;
  if (file === undefined || file === '') return [];
  try {
    return readFileSync(file, 'utf8').match(CERTIFICATE) ?? [];
  } catch {
    // Node itself only warns about such a file.
    return [];
  }
}

/** Equal for equal trust: connections may be shared only then. */
export function tlsKey({ ca, cert, key, insecureSkipVerify }: TlsOptions): string {
  return createHash('sha256')
    .update(JSON.stringify([ca, cert, key, insecureSkipVerify === true]))
    .digest('base64url');
}
