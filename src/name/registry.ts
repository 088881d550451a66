import { BadNameError } from '../errors/invalid/name.js';
import { isLoopback, isRefusal, parseAuthority } from './authority.js';
import { refuseMistakes } from './mistakes.js';
import { DEFAULT_REGISTRY, type NameOptions } from './options.js';
import type { Registry } from './reference.js';
import { registryValue } from './registry-value.js';

/**
 * Parses a registry: `host[:port]`, or an empty string for the default registry.
 *
 * The case of a host does not matter, so the registry's name is in lower case. `docker.io` becomes `index.docker.io`;
 * `registry-1.docker.io`, the host behind it, stays a registry of its own, as in go-containerregistry. The scheme is http
 * for this machine (`localhost`, `*.localhost`, 127.0.0.0/8 and ::1) and with `insecure`, and https for all others.
 * Unlike in go-containerregistry it is https for private addresses such as 10.1.2.3 too, because credentials would cross a
 * network in the clear.
 *
 * @throws BadNameError if a part is invalid; the message says which.
 */
export function newRegistry(name: string, options: NameOptions = {}): Registry {
  refuseMistakes(name);
  return parseRegistryPart(name, name, options);
}

/** Parses the registry's part of a name; errors quote the complete `input`. */
export function parseRegistryPart(part: string, input: string, options: NameOptions): Registry {
  const { strict = false, insecure = false, defaultRegistry = DEFAULT_REGISTRY } = options;
  if (part === '' && strict) {
    throw new BadNameError(input, 'it names no registry, which strict validation requires', HINT);
  }
  const text = part === '' ? defaultRegistry : part;
  if (text === '') return registryValue('', insecure ? 'http' : 'https');
  const authority = parseAuthority(text);
  if (isRefusal(authority)) throw new BadNameError(input, authority.reason, authority.hint);
  const { host, port } = authority;
  const known = host === 'docker.io' && port === undefined ? DEFAULT_REGISTRY : host;
  const scheme = insecure || isLoopback(host) ? 'http' : 'https';
  return registryValue(port === undefined ? known : `${known}:${port}`, scheme);
}

const HINT = `start it with the registry, such as ${DEFAULT_REGISTRY}/`;
