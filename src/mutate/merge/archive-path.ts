import { UnsafePathError } from '../../errors/invalid/path.js';

/** The root of the filesystem, as its entry is named here. */
export const ROOT = '.';

/** How a layer says that something below it is gone. */
export interface Marker {
  readonly kind: 'whiteout' | 'opaque';
  readonly path: string;
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
const METADATA = '.wh..wh.';

/**
 * The one name of a path in an archive: relative to the root, without `.`, empty or `..` parts and
 * without a slash at the end.
 *
 * @throws UnsafePathError if it climbs above the root.
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
 * What a path marks as gone; undefined for the path of a file.
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

/** Whether a path belongs to what AUFS kept beside the files: nothing that anyone should see, but links may lead there. */
export function isMetadata(path: string): boolean {
  return isMetadataName(path) || path.includes(`/${METADATA}`);
}

/** Whether one name, with all that lies below it, belongs to that. */
export function isMetadataName(name: string): boolean {
  return name.startsWith(METADATA);
}

/** The name under which a layer marks a path as gone. */
export function whiteoutOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash + 1)}${WHITEOUT}${path.slice(slash + 1)}`;
}

/** The name of the marker that hides what is below a directory in lower layers. */
export function opaqueMarkerOf(directory: string): string {
  return directory === ROOT ? OPAQUE : `${directory}/${OPAQUE}`;
}

/** Whether the target of a symbolic link, seen from where the link lies, is above the root. An absolute one never is. */
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

/** Most names are clean; finding that out without cutting them saves a good part of the time. */
function isClean(name: string): boolean {
  return name !== '' && !UNCLEAN.test(name);
}

/** A slash at either end or doubled, or a part of one or two dots. */
const UNCLEAN = /^\/|\/$|\/\/|(?:^|\/)\.\.?(?:\/|$)/;

function unsafe(name: string): UnsafePathError {
  return new UnsafePathError(`layer: the entry ${JSON.stringify(name)} lies outside the root`);
}
