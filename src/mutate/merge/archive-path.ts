import { UnsafePathError } from '../../errors/invalid/path.js';

/** The path of the filesystem's root. */
export const ROOT = '.';

/** A marker by which a layer hides paths of the layers below it. */
export interface Marker {
  /** A whiteout hides the path and everything below it; an opaque marker hides only what is below it. */
  readonly kind: 'whiteout' | 'opaque';
  readonly path: string;
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const METADATA = '.wh..wh.';

/**
 * The canonical form of a path in an archive: relative to the root, without `.`, empty or `..` parts and without a
 * slash at the end.
 *
 * @throws UnsafePathError if the path leads above the root.
 */
export function archivePath(name: string): string {
  if (isClean(name)) return name;
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) throw unsafe(name);
  }
  return parts.length === 0 ? ROOT : parts.join('/');
}

/**
 * The marker that an entry with this path is; undefined for the path of an ordinary entry.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts
 */
export function markerOf(path: string): Marker | undefined {
  const slash = path.lastIndexOf('/');
  if (!path.startsWith(WHITEOUT, slash + 1)) return undefined;
  const base = path.slice(slash + 1);
  const directory = slash === -1 ? ROOT : path.slice(0, slash);
  if (base === OPAQUE) return { kind: 'opaque', path: directory };
  if (base.startsWith(METADATA)) return undefined;
  const name = base.slice(WHITEOUT.length);
  if (name === '' || name === '.' || name === '..') throw unsafe(path);
  return { kind: 'whiteout', path: slash === -1 ? name : `${directory}/${name}` };
}

/**
 * Whether a path belongs to the metadata that AUFS kept beside the files. It is not visible, but hard links may lead to
 * it.
 */
export function isMetadata(path: string): boolean {
  return isMetadataName(path) || path.includes(`/${METADATA}`);
}

/** Whether a path component, and so everything below it, belongs to AUFS's metadata. */
export function isMetadataName(name: string): boolean {
  return name.startsWith(METADATA);
}

/** The path of the whiteout that hides a path. */
export function whiteoutOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash + 1)}${WHITEOUT}${path.slice(slash + 1)}`;
}

/** The path of the opaque marker that hides the content of a directory in lower layers. */
export function opaqueMarkerOf(directory: string): string {
  return directory === ROOT ? OPAQUE : `${directory}/${OPAQUE}`;
}

/** Whether the target of a symbolic link at `path` leads above the root. An absolute target never does. */
export function climbs(path: string, target: string): boolean {
  if (target.startsWith('/')) return false;
  let depth = path.split('/').length - 1;
  for (const part of target.split('/')) {
    if (part === '' || part === '.') continue;
    depth += part === '..' ? -1 : 1;
    if (depth < 0) return true;
  }
  return false;
}

/** Most names are clean. Checking that without splitting them saves much time. */
function isClean(name: string): boolean {
  return name !== '' && !UNCLEAN.test(name);
}

/** A leading, trailing or double slash, or a component of one or two dots. */
const UNCLEAN = /^\/|\/$|\/\/|(?:^|\/)\.\.?(?:\/|$)/;

function unsafe(name: string): UnsafePathError {
  return new UnsafePathError(`layer: the entry ${JSON.stringify(name)} lies outside the root`);
}
