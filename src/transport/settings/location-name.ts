/** A registry, or a part of its namespace, as settings name it. */
export interface PlaceName {
  /** As registries are called: lower case, `index.docker.io` for Docker Hub; `*.domain` only in patterns. */
  readonly host: string;
  /** Without slashes at its ends; empty for the whole registry. */
  readonly path: string;
  /** Written with `http://`. */
  readonly plainHttp: boolean;
}

const PLACE = /^(?:(https?):\/\/)?(\*\.)?([^/*@?#\\\s]+)(?:\/(.*?))?\/?$/i;
const SEGMENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;

/** Reads `[scheme://]host[:port][/path]`, or `*.domain`; undefined for anything else. */
export function parsePlaceName(text: string): PlaceName | undefined {
  const [, scheme, wildcard = '', authority = '', path = ''] = PLACE.exec(text) ?? [];
  if (authority === '' || !URL.canParse(`https://${authority}`)) return undefined;
  const url = new URL(`https://${authority}`);
  if (url.username !== '' || url.pathname !== '/' || url.hostname === '') return undefined;
  if (path !== '' && !path.split('/').every((segment) => SEGMENT.test(segment))) return undefined;
  if (wildcard !== '' && (url.port !== '' || scheme !== undefined || path !== '')) return undefined;
  const host = url.host === 'docker.io' ? 'index.docker.io' : url.host;
  return { host: `${wildcard}${host}`, path, plainHttp: scheme?.toLowerCase() === 'http' };
}

/** The name as text that {@link parsePlaceName} reads. */
export const placeText = ({ host, path }: Pick<PlaceName, 'host' | 'path'>): string =>
  path === '' ? host : `${host}/${path}`;
