import { posix } from 'node:path';
import type { LayerEntry } from '../support/archives/layer-tar.js';
import { clean } from '../support/archives/overlay-model.js';

/** The situations that are hard for merging layers. */
export const situations = [
  'a link to a file of a lower layer',
  'a link before its target',
  'a link to a link',
  'a link to a link of a lower layer',
  'a linked file is replaced above',
  'a linked file is removed above',
  'a linked file is removed and created again above',
  'a linked file becomes a directory above',
  'a linked file lies in a directory that is removed above',
  'a link is replaced, its target is not',
  'a directory becomes a link',
  'an existing directory is opaque',
  'a removed name is created again in the same layer',
] as const;

export type Situation = (typeof situations)[number];

/** Which situations occur in layers, the lowest first, that have no path twice. */
export function situationsIn(layers: readonly (readonly LayerEntry[])[]): ReadonlySet<Situation> {
  const found = new Set<Situation>();
  const below = new Map<string, LayerEntry>();
  const linked = new Set<string>();
  const links = new Map<string, string>();
  const removed = new Set<string>();
  for (const entries of layers) {
    const own = new Map(entries.map((entry, at) => [clean(entry.name), { entry, at }] as const));
    for (const [path, { entry }] of own) {
      const { dir, base } = posix.parse(path);
      if (base === '.wh..wh..opq') {
        if (below.get(clean(dir))?.type === 'directory') found.add('an existing directory is opaque');
      } else if (base.startsWith('.wh.')) {
        const gone = clean(posix.join(dir, base.slice('.wh.'.length)));
        if (own.has(gone)) found.add('a removed name is created again in the same layer');
        if (linked.has(gone)) found.add('a linked file is removed above');
        if ([...linked].some((other) => other.startsWith(`${gone}/`))) {
          found.add('a linked file lies in a directory that is removed above');
        }
        removed.add(gone);
      } else {
        if (linked.has(path)) {
          found.add(
            entry.type === 'directory'
              ? 'a linked file becomes a directory above'
              : removed.has(path)
                ? 'a linked file is removed and created again above'
                : 'a linked file is replaced above',
          );
        }
        const target = links.get(path);
        if (target !== undefined && !own.has(target)) found.add('a link is replaced, its target is not');
        if (entry.type === 'symlink' && below.get(path)?.type === 'directory')
          found.add('a directory becomes a link');
      }
    }
    for (const [path, { entry, at }] of own) {
      if (entry.type !== 'link') continue;
      const target = clean(entry.linkName ?? '');
      const here = own.get(target);
      if (here !== undefined && here.at > at) found.add('a link before its target');
      if (here?.entry.type === 'link') found.add('a link to a link');
      if (here === undefined && below.get(target)?.type === 'file')
        found.add('a link to a file of a lower layer');
      if (here === undefined && below.get(target)?.type === 'link')
        found.add('a link to a link of a lower layer');
      if ((here?.entry ?? below.get(target))?.type !== 'file') continue;
      linked.add(target);
      links.set(path, target);
    }
    for (const [path, { entry }] of own) below.set(path, entry);
  }
  return found;
}
