import { fc } from '../support/tools/fast-check.js';
import type { LayerEntry } from '../support/archives/layer-tar.js';
import { clean } from '../support/archives/overlay-model.js';

/** Few names, so that layers have paths in common. */
const path = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));

const entry: fc.Arbitrary<LayerEntry> = fc.oneof(
  { weight: 6, arbitrary: path.map((name) => ({ name, type: 'file' as const })) },
  { weight: 3, arbitrary: path.map((name) => ({ name: `${name}/`, type: 'directory' as const })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(path, path)
      .map(([name, linkName]) => ({ name: `./${name}`, linkName, type: 'link' as const })),
  },
  { weight: 1, arbitrary: path.map((name) => ({ name, linkName: 'x', type: 'symlink' as const })) },
  { weight: 1, arbitrary: path.map((name) => ({ name, type: 'fifo' as const })) },
  { weight: 3, arbitrary: path.map((name) => ({ name: name.replace(/([^/]+)$/, '.wh.$1') })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', 'a/', 'b/', 'a/b/').map((at) => ({ name: `${at}.wh..wh..opq` })),
  },
);

/** Layers of random entries, each with metadata and content of its own. */
export const randomLayers: fc.Arbitrary<readonly (readonly LayerEntry[])[]> = fc
  .array(fc.array(entry, { maxLength: 8 }), { minLength: 1, maxLength: 4 })
  .map((layers) => layers.map((entries, layer) => entries.map((each, at) => numbered(each, layer, at))));

/** The same layers without entries that another entry of their layer replaces. */
export function withoutReplaced(
  layers: readonly (readonly LayerEntry[])[],
): readonly (readonly LayerEntry[])[] {
  return layers.map((entries) => {
    const kept: LayerEntry[] = [];
    for (const each of entries) {
      const name = clean(each.name);
      const isFile = each.type !== 'directory';
      const clashes = kept.some(({ name: other, type }) => {
        const before = clean(other);
        return (
          before === name ||
          (isFile && before.startsWith(`${name}/`)) ||
          (type !== 'directory' && name.startsWith(`${before}/`))
        );
      });
      if (!clashes) kept.push(each);
    }
    return kept;
  });
}

function numbered(each: LayerEntry, layer: number, at: number): LayerEntry {
  const mark = layer * 100 + at + 1;
  return {
    ...each,
    mtime: mark,
    mode: 0o400 + mark,
    uid: mark,
    ...(each.type === 'file' && { body: `content ${mark}` }),
  };
}
