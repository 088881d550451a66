import { TransportError } from '../../errors/service/transport.js';
import { printable } from '../../internal/printable.js';

/** Longest URL that is accepted from a server. */
const MAX_LENGTH = 16 * 1024;

export interface UrlRules {
  /** Whether a URL may be http though the server was asked by https. @default never */
  readonly plainHttp?: ((url: URL) => boolean) | undefined;
}

/**
 * Parses a URL that a server chose (realm, redirect, upload location, next page, layer URL) and
 * holds it to the rules that need no look-up: http or https, no userinfo, never from https to http.
 *
 * An http URL of the very host that was asked by https is taken as https: registries behind a
 * proxy that ends TLS often write such links.
 */
export function parseServerUrl(text: string, base: URL, subject: string, rules: UrlRules = {}): URL {
  const refuse = (reason: string, hint?: string): never => {
    throw new TransportError(`refused ${subject} from ${base.host}: ${reason}`, { hint });
  };
  if (text.length > MAX_LENGTH) return refuse('it is too long');
  // The parser drops tabs and newlines silently and reads a backslash as a slash: nobody writes those in good faith.
  if (/[\s\p{Cc}\\]/u.test(text)) return refuse('it contains white space, control characters or a backslash');
  if (!URL.canParse(text, base.href)) return refuse('it is not a URL');
  const url = new URL(text, base.href);
  url.hash = '';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return refuse(`its scheme ${printable(url.protocol, 32)} is neither https nor http`);
  }
  if (url.username !== '' || url.password !== '') return refuse('it carries credentials');
  keepHttps(url, base);
  if (base.protocol === 'https:' && url.protocol === 'http:' && rules.plainHttp?.(url) !== true) {
    return refuse(
      `it leads from https to http, at ${url.host}`,
      `add ${JSON.stringify(url.host)} to \`allowedHosts\` if it has no https`,
    );
  }
  return url;
}

/** Takes an http URL of the very host that was asked by https as https; the port may be lost with the scheme. */
export function keepHttps(url: URL, base: URL): void {
  if (base.protocol !== 'https:' || url.protocol !== 'http:' || url.hostname !== base.hostname) return;
  if (url.port !== '' && url.port !== base.port) return;
  url.protocol = 'https:';
  url.port = base.port;
}

/** Scheme, host and port: what credentials belong to. */
export function sameOrigin(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && a.host === b.host;
}
