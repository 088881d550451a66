import { isMetadataName } from '../../mutate/merge/archive-path.js';
import { partsOf } from '../../tree/nodes/resolve.js';
import type { LayerFile } from '../entries/layer-file.js';
import type { LoadedLayer } from '../layers/loaded-layer.js';
import { childPlace, describe, type Found, type Place } from './place.js';

/** As in Linux and in BuildKit's resolver. */
const MAX_LINKS = 255;

/** Cap on the names in a path and in the links that it leads through. A path of Linux has at most 2048. */
const MAX_STEPS = 16_384;

/** A file and the layer that has its content. */
export interface FileInLayer {
  readonly file: LayerFile;
  readonly layer: LoadedLayer;
}

export type Resolution =
  | {
      readonly kind: 'found';
      /** The names from the root, without links. */
      readonly parts: readonly string[];
      readonly place: Place;
      readonly found: Extract<Found, { kind: 'file' | 'directory' }>;
      /** For a hard link: the file that it is a name of. For other files: the file itself. */
      readonly source: FileInLayer | undefined;
    }
  /** Nothing exists at this path, or a part of the path is not a directory. */
  | { readonly kind: 'missing' | 'not-directory'; readonly parts: readonly string[]; readonly parent: Place }
  | { readonly kind: 'loop' }
  /** A layer that is not loaded decides about this path, which has no links as far as it is known. */
  | { readonly kind: 'undecided'; readonly parts: readonly string[] };

/** Finds the file that a hard link is a name of; undefined if the loaded layers do not decide. */
export type LinkSource = (link: FileInLayer) => FileInLayer | undefined;

export interface ResolveOptions {
  readonly followLast: boolean;
  readonly sourceOf: LinkSource;
}

/**
 * Follows the symbolic links of a path within the root of the image, as far as the loaded layers decide. Neither `..` nor a
 * link leads above the root.
 */
export function resolve(root: Place, path: string, { followLast, sourceOf }: ResolveOptions): Resolution {
  const parts: string[] = [];
  const places: Place[] = [root];
  let rest = partsOf(path).reverse();
  let links = 0;
  let steps = 0;
  let last: Found = asDirectory(describe(root));
  let source: FileInLayer | undefined;
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    steps += 1;
    if (steps + rest.length > MAX_STEPS) return { kind: 'loop' };
    if (part === '..') {
      if (last.kind !== 'directory') return missing('not-directory', parts, places);
      if (parts.pop() !== undefined) places.pop();
      last = asDirectory(describe(places.at(-1) ?? root));
      continue;
    }
    if (last.kind !== 'directory') return missing('not-directory', parts, places);
    const place = childPlace(places.at(-1) ?? root, part);
    const found: Found = isMetadataName(part) ? { kind: 'missing' } : describe(place);
    if (found.kind === 'undecided') return undecided(parts, part, rest);
    if (found.kind === 'missing') return missing('missing', [...parts, part], [...places, place]);
    source = undefined;
    if (found.kind === 'file') {
      source = sourceOf(found);
      if (source === undefined) return undecided(parts, part, rest);
      const { type, linkName } = source.file.header;
      if (type === 'symlink' && (followLast || rest.length > 0)) {
        links += 1;
        if (links > MAX_LINKS) return { kind: 'loop' };
        if (linkName.startsWith('/')) {
          parts.length = 0;
          places.length = 1;
        }
        last = asDirectory(describe(places.at(-1) ?? root));
        rest = [...rest, ...partsOf(linkName).reverse()];
        continue;
      }
    }
    parts.push(part);
    places.push(place);
    last = found;
  }
  if (last.kind !== 'file' && last.kind !== 'directory') throw new TypeError('the path was not followed');
  if (last.kind === 'directory') source = undefined;
  return { kind: 'found', parts, place: places.at(-1) ?? root, found: last, source };
}

/** The root and every path that was followed are directories, even if no layer has an entry for them. */
function asDirectory(found: Found): Found {
  if (found.kind === 'directory') return found;
  return {
    kind: 'directory',
    file: undefined,
    layer: undefined,
    isOpen: found.kind === 'undecided',
  };
}

function missing(
  kind: 'missing' | 'not-directory',
  parts: readonly string[],
  places: readonly Place[],
): Resolution {
  return { kind, parts: [...parts], parent: places.at(-2) ?? places[0] ?? { parts: [], isOpen: false } };
}

/** The path that the next layer may decide. Names after `..` are left out: they depend on what is before them. */
function undecided(parts: readonly string[], part: string, rest: readonly string[]): Resolution {
  const left = [...rest].reverse();
  const climb = left.indexOf('..');
  return { kind: 'undecided', parts: [...parts, part, ...(climb === -1 ? left : left.slice(0, climb))] };
}
