import type { HttpClient, HttpRequest } from '../../../src/transport/guard/http-client.js';
import { newGotClient } from '../../../src/transport/http/got-client.js';

/** A host of a simulated internet: the addresses of its name, and the local server that responds. */
export interface SimulatedHost {
  /** Every address that the name resolves to. */
  readonly addresses: readonly string[];
  /** Such as `http://127.0.0.1:4000`; always plain http, whatever the scheme of the request. */
  readonly origin: string;
}

/**
 * A client for which hosts such as `https://registry.example` exist. It passes the addresses of a host to the guard, and
 * then a local server responds. It keeps every request, for canary checks.
 */
export function simulatedInternetClient(
  hosts: Readonly<Record<string, SimulatedHost>>,
): HttpClient & { readonly sent: HttpRequest[] } {
  const inner = newGotClient();
  const sent: HttpRequest[] = [];
  return {
    sent,
    async request(request) {
      const host = hosts[request.url.host];
      if (host === undefined) throw new Error(`no such host: ${request.url.host}`);
      for (const address of host.addresses) request.guard?.(address, request.url.hostname);
      sent.push(request);
      const url = new URL(request.url.pathname + request.url.search, host.origin);
      return inner.request({ ...request, url, guard: undefined, tls: undefined });
    },
    close: async () => inner.close(),
  };
}

/** Public addresses, for hosts of the simulated internet. */
export const PUBLIC_ADDRESSES = ['93.184.215.14'];
