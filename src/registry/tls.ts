import type { RegistryOptions } from './http/options.js';
import { selfSigned } from './certificate/self-signed.js';
import { type RegistryServer, serve } from './serve.js';

/** A running registry with TLS. */
export interface TlsRegistryServer extends RegistryServer {
  /** The certificate as PEM text. Clients must trust it as an authority. */
  readonly ca: string;
}

/**
 * Starts a registry with TLS on a free port of 127.0.0.1, for tests. Its certificate is self-signed, and valid for the
 * domain, for `localhost` and for 127.0.0.1.
 */
export async function tls(domain = 'localhost', options: RegistryOptions = {}): Promise<TlsRegistryServer> {
  const { cert, key } = selfSigned([domain, 'localhost', '127.0.0.1']);
  const server = await serve({ ...options, tls: { cert, key } });
  return { ...server, ca: cert };
}
