import { BlockList, isIP } from 'node:net';
import { UnsupportedError } from '../../errors/unsupported.js';
import { TransportError } from '../../errors/service/transport.js';
import { hostOf, portOf } from '../guard/endpoint.js';

/** An HTTP proxy. */
export interface Proxy {
  /** `http:` or `https:`, without userinfo. */
  readonly url: URL;
  /** Value of `Proxy-Authorization`, which only the proxy may see. */
  readonly authorization: string | undefined;
}

/** Chooses the proxy for a URL; undefined means a direct connection. */
export type ProxyChooser = (url: URL) => Proxy | undefined;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Chooses proxies by `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`. Each name is read in upper case, and in
 * lower case if that is unset or empty, as in Go. Loopback never uses a proxy.
 */
export function proxyFromEnvironment(environment: Environment): ProxyChooser {
  const value = (name: string): string => (environment[name] ?? '').trim();
  const read = (name: string): string => value(name) || value(name.toLowerCase());
  const all = read('ALL_PROXY');
  // Under CGI a client could set HTTP_PROXY by sending a `Proxy:` header.
  const http = environment.REQUEST_METHOD === undefined ? read('HTTP_PROXY') : value('http_proxy');
  const proxies = { 'http:': lazyProxy(http || all), 'https:': lazyProxy(read('HTTPS_PROXY') || all) };
  const bypassed = parseNoProxy(read('NO_PROXY'));
  return (url) => {
    const proxy = url.protocol === 'https:' ? proxies['https:'] : proxies['http:'];
    return isLoopback(url) || bypassed(url) ? undefined : proxy();
  };
}

/** Parses a proxy when it is first used, so that an invalid value does not fail requests that need no proxy. */
function lazyProxy(text: string): () => Proxy | undefined {
  let proxy: Proxy | undefined;
  return () => (text === '' ? undefined : (proxy ??= parseProxy(text)));
}

function parseProxy(text: string): Proxy {
  const full = text.includes('://') ? text : `http://${text}`;
  // The text may hold a password, so it is not quoted.
  if (!URL.canParse(full) || !isDecodable(full)) {
    throw new TransportError('the proxy in the environment is not a URL');
  }
  const url = new URL(full);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new UnsupportedError(`proxies with the scheme ${url.protocol} are not supported`, {
      hint: 'set HTTPS_PROXY to an http or https proxy, or NO_PROXY for the registry',
    });
  }
  const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  const authorization =
    credentials === ':' ? undefined : `Basic ${Buffer.from(credentials).toString('base64')}`;
  return { url, authorization };
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function isLoopback(url: URL): boolean {
  const host = hostOf(url);
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

type UrlTest = (url: URL) => boolean;

function parseNoProxy(text: string): UrlTest {
  const tests = text
    .split(/[,\s]+/)
    .map((entry) => entry.toLowerCase())
    .filter((entry) => entry !== '')
    .map(parseEntry);
  return (url) => tests.some((test) => test(url));
}

function parseEntry(entry: string): UrlTest {
  if (entry === '*') return () => true;
  const slash = entry.lastIndexOf('/');
  if (slash > 0 && isIP(entry.slice(0, slash)) !== 0)
    return subnetTest(entry.slice(0, slash), entry.slice(slash + 1));
  const [, bracketed, plain = '', port] =
    /^(?:\[(.*)\]|(.*?))(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  const host = (bracketed ?? plain).replace(/^\*(?=\.)/, '');
  const matches = (name: string): boolean =>
    host.startsWith('.')
      ? name.endsWith(host)
      : name === host || (isIP(host) === 0 && name.endsWith(`.${host}`));
  return (url) => matches(hostOf(url)) && (port === undefined || port === portOf(url));
}

function subnetTest(net: string, prefix: string): UrlTest {
  const list = new BlockList();
  const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
  const bits = Number(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 'ipv6' ? 128 : 32)) return () => false;
  list.addSubnet(net, bits, family);
  return (url) => {
    const host = hostOf(url);
    const found = isIP(host);
    return found !== 0 && list.check(host, found === 6 ? 'ipv6' : 'ipv4');
  };
}
