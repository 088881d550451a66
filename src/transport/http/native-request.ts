import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import type { Route } from './agents.js';
import type { HttpRequest } from '../guard/http-client.js';
import { hostOf, portOf } from '../guard/endpoint.js';
import { guardedLookup, type ResolveHost } from './lookup.js';

export interface NativeRequestOptions {
  readonly maxHeaderBytes: number;
  readonly resolveHost: ResolveHost | undefined;
}

/** Opens a request of Node on a route. It has no headers except those of the request and those set here. */
export function openNativeRequest(
  route: Route,
  request: HttpRequest,
  options: NativeRequestOptions,
): ClientRequest {
  const { url, method } = request;
  const common = { method, agent: route.agent, maxHeaderSize: options.maxHeaderBytes };
  const headers = requestHeaders(request);
  if (route.proxy !== undefined && url.protocol === 'http:') {
    // RFC 9112, section 3.2.2: a request to a proxy has the complete URL.
    const proxy = route.proxy;
    const secret = proxy.authorization === undefined ? {} : { 'proxy-authorization': proxy.authorization };
    return (proxy.url.protocol === 'https:' ? https : http).request({
      ...common,
      host: hostOf(proxy.url),
      port: portOf(proxy.url),
      path: url.href,
      headers: { ...headers, host: url.host, ...secret },
    });
  }
  const guard = route.proxy === undefined ? request.guard : undefined;
  return (url.protocol === 'https:' ? https : http).request({
    ...common,
    host: hostOf(url),
    port: portOf(url),
    path: url.pathname + url.search,
    headers: { ...headers, host: url.host },
    lookup: guardedLookup(guard, options.resolveHost),
  });
}

function requestHeaders({ method, body, headers }: HttpRequest): Record<string, string> {
  // Compressed content must arrive exactly as it is stored, so the server must not encode or decode it.
  const sent: Record<string, string> = { ...headers, 'accept-encoding': 'identity' };
  if (body instanceof Uint8Array) sent['content-length'] = String(body.byteLength);
  else if (body === undefined && (method === 'POST' || method === 'PUT' || method === 'PATCH')) {
    sent['content-length'] = '0';
  }
  return sent;
}
