import { TransportError } from '../../errors/service/transport.js';
import { printable } from '../../internal/printable.js';

/** Longest URL, in characters, that is accepted from a server. */
const MAX_LENGTH = 16 * 1024;

/** Exceptions from the rules for URLs that a server chose. */
export interface UrlRules {
  /** Whether an https server may send a request to this http URL. @default never */
  readonly allowsPlainHttp?: ((url: URL) => boolean) | undefined;
}

/**
 * Parses a URL that a server chose (realm, redirect, upload location, next page, layer URL) and checks the rules that
 * need no DNS lookup: the scheme is http or https, there is no user information, and https never leads to http.
 *
 * If the host was asked by https and the URL names the same host by http, https is used: registries behind a proxy that
 * terminates TLS often send such links.
 *
 * @param subject - names the URL in errors, such as `a redirect`.
 * @throws TransportError if the URL breaks a rule.
 */
export function parseServerUrl(text: string, base: URL, subject: string, rules: UrlRules = {}): URL {
  const refuse = (reason: string, hint?: string): never => {
    throw new TransportError(`refused ${subject} from ${base.host}: ${reason}`, { hint });
  };
  if (text.length > MAX_LENGTH) return refuse('it is too long');
  // The parser drops tabs and newlines silently and reads a backslash as a slash. An honest server sends neither.
  if (/[\s\p{Cc}\\]/u.test(text)) return refuse('it contains white space, control characters or a backslash');
  if (!URL.canParse(text, base.href)) return refuse('it is not a URL');
  const url = new URL(text, base.href);
  url.hash = '';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    return refuse(`its scheme ${printable(url.protocol, 32)} is neither https nor http`);
  }
  if (url.username !== '' || url.password !== '') return refuse('it carries credentials');
  keepHttps(url, base);
  if (base.protocol === 'https:' && url.protocol === 'http:' && rules.allowsPlainHttp?.(url) !== true) {
    return refuse(
      `it leads from https to http, at ${url.host}`,
      `add ${JSON.stringify(url.host)} to \`allowedHosts\` if it has no https`,
    );
  }
  return url;
}

/** Changes an http URL to https if it names the host `base`, which is https. Such links may lack the port, too. */
export function keepHttps(url: URL, base: URL): void {
  if (base.protocol !== 'https:' || url.protocol !== 'http:' || url.hostname !== base.hostname) return;
  if (url.port !== '' && url.port !== base.port) return;
  url.protocol = 'https:';
  url.port = base.port;
}

/** Whether two URLs have the same scheme, host and port. Credentials belong to one origin. */
export function sameOrigin(a: URL, b: URL): boolean {
  return a.protocol === b.protocol && a.host === b.host;
}
