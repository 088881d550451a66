import { eventLoopDue } from '../../internal/async/event-loop.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { isMetadataName } from '../../mutate/merge/archive-path.js';
import { sortedNames } from '../../tree/nodes/node.js';
import { childPlace, describe, type Found, type Place, withoutHidden } from './place.js';

/** A file or directory of the merged image. */
export interface Walked {
  /** The names from the root. */
  readonly parts: readonly string[];
  readonly place: Place;
  readonly found: Extract<Found, { kind: 'file' | 'directory' }>;
}

/** The names in a directory, with those of entries that are hidden. */
export function namesIn(directory: Place): readonly string[] {
  const names = new Map<string, true>();
  for (const { node } of withoutHidden(directory).parts) {
    for (const name of node.children?.keys() ?? []) if (!isMetadataName(name)) names.set(name, true);
  }
  return sortedNames(names);
}

export interface WalkOptions extends AbortOptions {
  /** Levels below the start that are visited. @default all */
  readonly depth?: number | undefined;
}

/**
 * Everything below a directory, which itself is left out. A directory comes before its content, and the names in a directory
 * are in the order of their bytes. All layers must be loaded.
 */
export async function* walk(
  start: Walked,
  { signal, depth = Infinity }: WalkOptions,
): AsyncGenerator<Walked> {
  const stack: { readonly at: Walked; readonly names: Iterator<string> }[] = [
    { at: start, names: namesIn(start.place)[Symbol.iterator]() },
  ];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const due = eventLoopDue();
    if (due !== undefined) await due;
    signal?.throwIfAborted();
    const next = top.names.next();
    if (next.done === true) {
      stack.pop();
      continue;
    }
    const place = childPlace(top.at.place, next.value);
    const found = describe(place);
    if (found.kind !== 'file' && found.kind !== 'directory') continue;
    const walked = { parts: [...top.at.parts, next.value], place, found };
    yield walked;
    if (found.kind === 'directory' && stack.length < depth)
      stack.push({ at: walked, names: namesIn(place)[Symbol.iterator]() });
  }
}
