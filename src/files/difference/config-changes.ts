import { isJsonObject } from '../../internal/json/json-object.js';

/** A value that differs between the configs of two images. */
export interface ConfigChange {
  /** The names of the members that lead to the value, such as `['config', 'Env']`. */
  readonly path: readonly string[];
  /** The value in the first image; undefined if it has none. */
  readonly before: unknown;
  /** The value in the second image; undefined if it has none. */
  readonly after: unknown;
}

/** Members that describe the layers, which are compared separately. */
const OF_LAYERS: ReadonlySet<string> = new Set(['rootfs', 'history']);

/** The values that differ between two configs. Objects are compared member by member, lists as one value. */
export function configChanges(before: unknown, after: unknown): readonly ConfigChange[] {
  return changesAt([], before, after).filter(({ path }) => !OF_LAYERS.has(path[0] ?? ''));
}

function changesAt(path: readonly string[], before: unknown, after: unknown): ConfigChange[] {
  if (isJsonObject(before) && isJsonObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => changesAt([...path, name], before[name], after[name]));
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}
