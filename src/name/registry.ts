import { BadNameError } from '../errors/invalid/name.js';
import { isLoopback, isRefusal, parseAuthority } from './authority.js';
import { refuseMistakes } from './mistakes.js';
import { DEFAULT_REGISTRY, type NameOptions } from './options.js';
import type { Registry } from './reference.js';
import { registryValue } from './registry-value.js';

/**
 * Parses a registry: `host[:port]`, or an empty string for the default registry.
 *
 * Hosts compare without regard to case, so the registry's name is in lower case. `docker.io` becomes
 * `index.docker.io`; `registry-1.docker.io`, the host behind it, stays a registry of its own, as in
 * go-containerregistry. Its scheme is http for this machine (`localhost`, `*.localhost`, 127.0.0.0/8 and ::1) and
 * with `insecure`, and https for all others; unlike in go-containerregistry that includes private
 * addresses such as 10.1.2.3, where credentials would cross a network in the clear.
 *
 * @throws {@link BadNameError} that says which part is wrong.
 */
export function newRegistry(name: string, options: NameOptions = {}): Registry {
  refuseMistakes(name);
  return registryWithin(name, name, options);
}

/** Parses the registry's part of a name; errors quote the whole of it. */
export function registryWithin(part: string, whole: string, options: NameOptions): Registry {
  const { strict = false, insecure = false, defaultRegistry = DEFAULT_REGISTRY } = options;
  if (part === '' && strict) {
    throw new BadNameError(whole, 'it names no registry, which strict validation wants', HINT);
  }
  const text = part === '' ? defaultRegistry : part;
  if (text === '') return registryValue('', insecure ? 'http' : 'https');
  const authority = parseAuthority(text);
  if (isRefusal(authority)) throw new BadNameError(whole, authority.reason, authority.hint);
  const { host, port } = authority;
  const known = host === 'docker.io' && port === undefined ? DEFAULT_REGISTRY : host;
  const scheme = insecure || isLoopback(host) ? 'http' : 'https';
  return registryValue(port === undefined ? known : `${known}:${port}`, scheme);
}

const HINT = `start it with the registry, such as ${DEFAULT_REGISTRY}/`;
