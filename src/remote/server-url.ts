import { TransportError } from '../errors/transport.js';
import { printable } from '../internal/printable.js';

/**
 * Resolves a URL that a server sent against the one that it answered at. A registry behind a proxy that
 * ends TLS may call itself http: on the same host that is read as https.
 */
export function resolveServerUrl(subject: string, text: string, base: URL): URL {
  if (!URL.canParse(text, base.href)) {
    throw new TransportError(`${subject}: the server sent a URL that is none: "${printable(text)}"`);
  }
  const url = new URL(text, base);
  if (base.protocol === 'https:' && url.protocol === 'http:' && url.host === base.host)
    url.protocol = 'https:';
  return url;
}

/** As {@link resolveServerUrl}, and refuses to go to another host. */
export function sameHostUrl(subject: string, text: string, base: URL): URL {
  const url = resolveServerUrl(subject, text, base);
  if (url.origin === base.origin && url.username === '' && url.password === '') return url;
  throw new TransportError(`${subject}: refused to follow a link from ${base.host} to ${url.host}`);
}
