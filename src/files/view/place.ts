import type { LayerFile } from '../entries/layer-file.js';
import type { LayerNode } from '../entries/layer-tree.js';
import type { LoadedLayer } from '../layers/loaded-layer.js';

/** What one layer has at a path. */
export interface PlacePart {
  readonly layer: LoadedLayer;
  readonly node: LayerNode;
}

/** A path of the merged image: what the loaded layers have there, the top layer first. */
export interface Place {
  readonly parts: readonly PlacePart[];
  /** Whether entries that are not loaded yet can have something at this path. */
  readonly isOpen: boolean;
}

/** What the image has at a path. */
export type Found =
  /** Something that is not a directory; a hard link may stand for it. */
  | { readonly kind: 'file'; readonly file: LayerFile; readonly layer: LoadedLayer }
  /** A directory. It has no entry of its own if `file` is undefined; if `isOpen`, a lower layer may have one. */
  | {
      readonly kind: 'directory';
      readonly file: LayerFile | undefined;
      readonly layer: LoadedLayer | undefined;
      readonly isOpen: boolean;
    }
  | { readonly kind: 'missing' }
  /** The layers that are loaded do not decide. */
  | { readonly kind: 'undecided' };

/** The root of the image. */
export function rootPlace(loaded: readonly LoadedLayer[], hasMore: boolean): Place {
  return withoutHidden({
    parts: loaded.map((layer) => ({ layer, node: layer.tree.root })),
    isOpen: hasMore || loaded.some(({ isComplete }) => !isComplete),
  });
}

/** The place of a name in a directory. */
export function childPlace(directory: Place, name: string): Place {
  const parts: PlacePart[] = [];
  const { parts: below, isOpen } = withoutHidden(directory);
  for (const { layer, node } of below) {
    const child = node.children?.get(name);
    if (child !== undefined) parts.push({ layer, node: child });
  }
  return { parts, isOpen };
}

/** The place without what its upper layers hide below it in lower layers. */
export function withoutHidden(place: Place): Place {
  const cut = place.parts.findIndex(({ node }) => node.hidesBelow);
  const part = place.parts[cut];
  if (part === undefined) return place;
  // A layer that is being read may still get entries below the path.
  return { parts: place.parts.slice(0, cut + 1), isOpen: place.isOpen && !part.layer.isComplete };
}

/** What the image has at a place. */
export function describe({ parts, isOpen }: Place): Found {
  let implied: LoadedLayer | undefined;
  for (const { layer, node } of parts) {
    const { file } = node;
    if (file?.header.type === 'directory') return { kind: 'directory', file, layer, isOpen: false };
    // A directory of an upper layer hides a file.
    if (file !== undefined && implied === undefined) return { kind: 'file', file, layer };
    if (node.isImplied && file === undefined) implied ??= layer;
    if (!node.hidesSelf) continue;
    if (implied !== undefined) return { kind: 'directory', file: undefined, layer: implied, isOpen: false };
    return { kind: layer.isComplete ? 'missing' : 'undecided' };
  }
  if (implied !== undefined) return { kind: 'directory', file: undefined, layer: implied, isOpen };
  return { kind: isOpen ? 'undecided' : 'missing' };
}
