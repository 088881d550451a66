import { TransportError } from '../../errors/service/transport.js';
import { keepHttps } from '../../transport/guard/url-guard.js';
import { parseDigest } from '../../internal/streams/digest.js';
import { printable } from '../../internal/printable.js';

/**
 * Resolves a URL that a server sent against the one that it responded at. A registry behind a proxy may not know how
 * it is reached: it calls itself http where the proxy ends TLS, and leaves the proxy's port out. Neither leads to
 * another server, because the API of a registry is at one place of a host.
 */
export function resolveServerUrl(subject: string, text: string, base: URL): URL {
  if (!URL.canParse(text, base.href)) {
    throw new TransportError(`${subject}: the server sent a URL that is none: "${printable(text)}"`);
  }
  const url = new URL(text, base);
  keepHttps(url, base);
  const samePlace = url.protocol === base.protocol && url.hostname === base.hostname;
  if (samePlace && url.port === '' && url.pathname.startsWith('/v2/')) url.port = base.port;
  return url;
}

/**
 * The URL of a next page, which is at the host that sent the link. A registry behind a proxy may not know the scheme and port
 * that it is asked at: a link to the same host that leaves them out, or has another scheme, is meant to be there.
 *
 * @throws {@link TransportError} for a link to another host.
 */
export function pageUrl(subject: string, text: string, base: URL): URL {
  const bare = text.startsWith(`${base.host}/`) || text.startsWith(`${base.hostname}/`);
  const url = resolveServerUrl(subject, bare ? `${base.protocol}//${text}` : relative(text), base);
  const web = url.protocol === 'http:' || url.protocol === 'https:';
  if (web && url.hostname === base.hostname && (url.port === '' || url.port === base.port)) {
    url.protocol = base.protocol;
    url.host = base.host;
  }
  if (url.origin === base.origin && url.username === '' && url.password === '') return url;
  throw new TransportError(`${subject}: refused to follow a link from ${base.host} to ${url.host}`);
}

/** Paths whose slash was left out, and digests, which look like the scheme of a URL. */
function relative(text: string): string {
  if (text.startsWith('v2/')) return `/${text}`;
  return parseDigest(text.split('?', 1)[0] ?? '') === undefined ? text : `./${text}`;
}
