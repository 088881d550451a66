/** A registry, or a part of its namespace, as it is written in settings. */
export interface RegistryLocation {
  /** The host in lower case, with its port; `index.docker.io` for Docker Hub; `*.domain` only in patterns. */
  readonly host: string;
  /** The namespace, without slashes at its ends; empty for the whole registry. */
  readonly path: string;
  /** Whether the text had the scheme `http://`. */
  readonly plainHttp: boolean;
}

const LOCATION = /^(?:(https?):\/\/)?(\*\.)?([^/*@?#\\\s]+)(?:\/(.*?))?\/?$/i;
const SEGMENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;

/** Parses `[scheme://]host[:port][/path]`, or `*.domain`. Returns undefined for any other text. */
export function parseRegistryLocation(text: string): RegistryLocation | undefined {
  const [, scheme, wildcard = '', authority = '', path = ''] = LOCATION.exec(text) ?? [];
  if (authority === '' || !URL.canParse(`https://${authority}`)) return undefined;
  const url = new URL(`https://${authority}`);
  if (url.username !== '' || url.pathname !== '/' || url.hostname === '') return undefined;
  if (path !== '' && !path.split('/').every((segment) => SEGMENT.test(segment))) return undefined;
  if (wildcard !== '' && (url.port !== '' || scheme !== undefined || path !== '')) return undefined;
  const host = url.host === 'docker.io' ? 'index.docker.io' : url.host;
  return { host: `${wildcard}${host}`, path, plainHttp: scheme?.toLowerCase() === 'http' };
}

/** Text that {@link parseRegistryLocation} reads. The scheme is left out. */
export const formatRegistryLocation = ({ host, path }: Pick<RegistryLocation, 'host' | 'path'>): string =>
  path === '' ? host : `${host}/${path}`;
