import { TransportError } from '../../errors/service/transport.js';
import { keepHttps } from '../../transport/guard/url-guard.js';
import { parseDigest } from '../../internal/streams/digest.js';
import { printable } from '../../internal/printable.js';

/**
 * Resolves a URL that a server sent against the URL of its response.
 *
 * A registry behind a proxy may not know its own address: it calls itself http where the proxy ends TLS, or omits the
 * port of the proxy. Both are corrected. They cannot lead to another server, because a host has only one registry API.
 */
export function resolveServerUrl(subject: string, text: string, base: URL): URL {
  if (!URL.canParse(text, base.href)) {
    throw new TransportError(`${subject}: the server sent an invalid URL: "${printable(text)}"`);
  }
  const url = new URL(text, base);
  keepHttps(url, base);
  const sameHost = url.protocol === base.protocol && url.hostname === base.hostname;
  if (sameHost && url.port === '' && url.pathname.startsWith('/v2/')) url.port = base.port;
  return url;
}

/**
 * Resolves the URL of a next page, which is at the host that sent the link. A registry behind a proxy may not know its
 * scheme and port: a link to the same host with another scheme, or without the port, is taken to mean the registry.
 *
 * @throws TransportError for a link to another host.
 */
export function pageUrl(subject: string, text: string, base: URL): URL {
  const lacksScheme = text.startsWith(`${base.host}/`) || text.startsWith(`${base.hostname}/`);
  const url = resolveServerUrl(subject, lacksScheme ? `${base.protocol}//${text}` : relative(text), base);
  const isHttp = url.protocol === 'http:' || url.protocol === 'https:';
  if (isHttp && url.hostname === base.hostname && (url.port === '' || url.port === base.port)) {
    url.protocol = base.protocol;
    url.host = base.host;
  }
  if (url.origin === base.origin && url.username === '' && url.password === '') return url;
  throw new TransportError(`${subject}: refused to follow a link from ${base.host} to ${url.host}`);
}

/** Adds a missing leading slash, and marks a path that begins with a digest, which looks like a URL with a scheme. */
function relative(text: string): string {
  if (text.startsWith('v2/')) return `/${text}`;
  return parseDigest(text.split('?', 1)[0] ?? '') === undefined ? text : `./${text}`;
}
