import type { AbortOptions } from '../../internal/async/abort.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import { sortedNames } from '../../tree/nodes/node.js';
import type { MergedView } from '../view/merged-view.js';
import { childPlace, describe, type Found, type Place, withoutHidden } from '../view/place.js';
import type { FileInLayer } from '../view/resolve.js';
import { namesIn } from '../view/walk.js';

/** What an image has at a path. */
export interface Side {
  readonly found: Extract<Found, { kind: 'file' | 'directory' }>;
  /** The file of which a hard link is a name, or the file itself; undefined for a directory. */
  readonly source: FileInLayer | undefined;
}

/** A path that two images may have in different forms. At least one of them has it. */
export interface PathPair {
  readonly parts: readonly string[];
  readonly before: Side | undefined;
  readonly after: Side | undefined;
}

/** Thrown if a layer that both images have decides about a difference. */
export class SharedLayerNeeded extends Error {}

interface Step {
  readonly parts: readonly string[];
  readonly a: Place;
  readonly b: Place;
}

/**
 * The paths that may differ between two images, in the order of a list. What both images have from the same layers is skipped.
 *
 * @throws SharedLayerNeeded if the layers that are loaded do not decide
 */
export async function* differingPaths(
  a: MergedView,
  b: MergedView,
  { signal }: AbortOptions,
): AsyncGenerator<PathPair> {
  const stack: Step[] = [{ parts: [], a: a.root, b: b.root }];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    signal?.throwIfAborted();
    if (isSame(step.a, step.b)) continue;
    const before = sideOf(a, step.a, step.parts.length === 0);
    const after = sideOf(b, step.b, step.parts.length === 0);
    if (isOpen(before) !== isOpen(after)) throw new SharedLayerNeeded();
    if (before === undefined && after === undefined) continue;
    if (step.parts.length > 0) yield { parts: step.parts, before, after };
    stack.push(...childrenOf(step, before, after));
  }
}

/** Whether two places have the same nodes. What comes from layers that are not loaded is the same for both. */
function isSame(a: Place, b: Place): boolean {
  return (
    a.isOpen === b.isOpen &&
    a.parts.length === b.parts.length &&
    a.parts.every(({ node }, at) => node === b.parts[at]?.node)
  );
}

function sideOf(view: MergedView, place: Place, isRoot: boolean): Side | undefined {
  const found = describe(place);
  if (found.kind === 'missing' || (isRoot && found.kind === 'undecided')) {
    if (!isRoot) return undefined;
    return {
      found: { kind: 'directory', file: undefined, layer: undefined, isOpen: place.isOpen },
      source: undefined,
    };
  }
  if (found.kind === 'undecided') throw new SharedLayerNeeded();
  if (found.kind === 'directory') return { found, source: undefined };
  const source = view.sourceOf(found);
  if (source === undefined) throw new SharedLayerNeeded();
  return { found, source };
}

/** Whether a directory may have its metadata from a layer that is not loaded. */
function isOpen(side: Side | undefined): boolean {
  return side?.found.kind === 'directory' && side.found.isOpen;
}

/** The places below two directories, the last one first, because a stack is read from its end. */
function childrenOf({ parts, a, b }: Step, before: Side | undefined, after: Side | undefined): Step[] {
  const [left, right] = [directoryAt(a, before), directoryAt(b, after)];
  if (left.isOpen !== right.isOpen) throw new SharedLayerNeeded();
  const names = new Map([...namesIn(left), ...namesIn(right)].map((name) => [name, true]));
  return sortedNames(names)
    .reverse()
    .map((name) => ({
      parts: [...parts, name],
      a: childPlace(left, name),
      b: childPlace(right, name),
    }));
}

const NOTHING: Place = { parts: [], isOpen: false };

function directoryAt(place: Place, side: Side | undefined): Place {
  return side?.found.kind === 'directory' ? withoutHidden(place) : NOTHING;
}
