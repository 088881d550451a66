import type { RegistryOptions } from './http/options.js';
import { selfSigned } from './certificate/self-signed.js';
import { type RegistryServer, serve } from './serve.js';

/** A registry that listens with TLS. */
export interface TlsRegistryServer extends RegistryServer {
  /** The certificate in PEM, to be trusted by clients. */
  readonly ca: string;
}

/**
 * Starts a registry with TLS on a free port of 127.0.0.1, for tests. Its certificate signs
 * itself, and is good for the domain, for `localhost` and for 127.0.0.1.
 */
export async function tls(domain = 'localhost', options: RegistryOptions = {}): Promise<TlsRegistryServer> {
  const { cert, key } = selfSigned([domain, 'localhost', '127.0.0.1']);
  const server = await serve({ ...options, tls: { cert, key } });
  return { ...server, ca: cert };
}
