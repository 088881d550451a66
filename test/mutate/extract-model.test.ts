import { describe, expect, it } from '@jest/globals';
import { fc } from '../support/tools/fast-check.js';
import { ArchiveInvalidError } from '../../src/errors/invalid/archive.js';
import { isContainerError } from '../../src/errors/base.js';
import type { TarHeaderInput } from '../../src/internal/tar/tar.js';
import * as mutate from '../../src/mutate/index.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import type { Image } from '../../src/v1/image.js';
import { type LayerEntry, layerTar } from '../support/archives/layer-tar.js';
import { clean, fileOf, allPaths, type ModelNode, overlay } from '../support/archives/overlay-model.js';
import { type Situation, situations, situationsIn } from './layer-situations.js';
import { storedImage } from '../support/images/stored-image.js';
import { type UnpackedEntry, unpackInMemory } from '../support/archives/unpack-in-memory.js';

const RUNS = Number(process.env.MODEL_RUNS ?? 1500);

/** Few names, so that layers have paths in common. */
const part = fc.constantFrom('a', 'b', 'c');
const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
/** Different spellings of the same path. */
const spelledPath = fc
  .tuple(path, fc.constantFrom('', '', '', './', '/', './/', 'x/../'))
  .map(([name, prefix]) => `${prefix}${name}`);

const entry: fc.Arbitrary<LayerEntry> = fc.oneof(
  { weight: 5, arbitrary: spelledPath.map((name) => ({ name, type: 'file' as const })) },
  { weight: 3, arbitrary: spelledPath.map((name) => ({ name: `${name}/`, type: 'directory' as const })) },
  {
    weight: 5,
    arbitrary: fc
      .tuple(spelledPath, spelledPath, fc.constantFrom(...Array<string>(12).fill(''), '/', '/x/..'))
      .map(([name, linkName, end]) => ({ name, linkName: `${linkName}${end}`, type: 'link' as const })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(spelledPath, fc.constantFrom('a', '../b', '/c', '../../../../x'))
      .map(([name, linkName]) => ({ name, linkName, type: 'symlink' as const })),
  },
  { weight: 1, arbitrary: spelledPath.map((name) => ({ name, type: 'fifo' as const })) },
  { weight: 1, arbitrary: spelledPath.map((name) => ({ name, type: 'character-device' as const })) },
  { weight: 1, arbitrary: fc.constant({ name: './', type: 'directory' as const }) },
  {
    weight: 3,
    arbitrary: spelledPath.map((name) => ({ name: name.replace(/([^/]+)$/, '.wh.$1') })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('', 'a/', 'b/', 'a/b/')
      .map((directory) => ({ name: `${directory}.wh..wh..opq` })),
  },
);
/** Layers that are mostly links, and entries that change linked files. */
const linkedName = fc.constantFrom('a', 'b', 'c', 'd/a', 'd/c');
const linkedEntry: fc.Arbitrary<LayerEntry> = fc.oneof(
  { weight: 4, arbitrary: linkedName.map((name) => ({ name, type: 'file' as const })) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(linkedName, linkedName)
      .map(([name, linkName]) => ({ name, linkName, type: 'link' as const })),
  },
  { weight: 3, arbitrary: fc.constantFrom('.wh.a', 'd/.wh.a', '.wh.d').map((name) => ({ name })) },
  { weight: 1, arbitrary: fc.constantFrom('a/', 'd/', 'd/c/').map(asDirectory) },
  { weight: 1, arbitrary: fc.constant({ name: 'd', type: 'symlink' as const, linkName: 'b' }) },
  { weight: 1, arbitrary: fc.constant({ name: 'd/.wh..wh..opq' }) },
);
const linkedLayers = fc.array(fc.array(linkedEntry, { minLength: 3, maxLength: 7 }), {
  minLength: 2,
  maxLength: 4,
});
const anyLayers = fc.array(fc.array(entry, { maxLength: 8 }), { minLength: 1, maxLength: 4 });

const stack = fc
  .tuple(
    fc.oneof(anyLayers, linkedLayers.map(withoutDangling)),
    // A name that does not fit into a header, and a name that is not UTF-8.
    fc.constantFrom('c', 'c', 'n'.repeat(150), 'o\udcff\udce9'),
  )
  .map(([layers, third]) =>
    layers.map((entries, layer) =>
      entries.map((each, at) => numbered({ ...each, ...renamed(each, third) }, layer, at)),
    ),
  );

function asDirectory(name: string): LayerEntry {
  return { name, type: 'directory' };
}

/** Removes dangling links. Most random links are dangling, and one is enough for the stack to be refused. */
function withoutDangling(layers: readonly (readonly LayerEntry[])[]): readonly (readonly LayerEntry[])[] {
  const kept: (readonly LayerEntry[])[] = [];
  for (const entries of consistent(layers)) {
    const below = allPaths(overlay(kept));
    let layer = entries;
    for (;;) {
      const own = new Set(layer.filter(({ type }) => type !== 'directory').map(({ name }) => name));
      const found = layer.filter(
        ({ type, name, linkName = '' }) =>
          type !== 'link' ||
          (linkName !== name && (own.has(linkName) || below.get(linkName)?.kind === 'file')),
      );
      if (found.length === layer.length) break;
      layer = found;
    }
    kept.push(layer);
  }
  return kept;
}

/** Replaces the letter `c` in the names of an entry. */
function renamed({ name, linkName }: LayerEntry, third: string): LayerEntry {
  return { name: name.replaceAll('c', third), linkName: linkName?.replaceAll('c', third) };
}

/** Gives each entry unique metadata and content. */
function numbered(each: LayerEntry, layer: number, at: number): LayerEntry {
  const mark = layer * 100 + at + 1;
  const { type } = each;
  return {
    ...each,
    mtime: mark,
    mode: 0o400 + mark,
    uid: mark % 5 === 0 ? 2 ** 22 + mark : mark,
    ...(mark % 2 === 0 && { pax: { 'SCHILY.xattr.user.mark': `${mark}` } }),
    ...(type === 'file' && { body: `content ${mark}` }),
    ...(type === 'character-device' && { deviceMajor: mark, deviceMinor: at }),
  };
}

/** The metadata that a merge must not change. */
function factsOf({ type = 'file', mtime, mode, uid, pax, deviceMajor = 0, deviceMinor = 0 }: TarHeaderInput) {
  return [type, mtime, mode, uid, pax?.['SCHILY.xattr.user.mark'], deviceMajor, deviceMinor];
}

async function imageOf(layers: readonly (readonly LayerEntry[])[]): Promise<Image> {
  const tars = await Promise.all(layers.map(async (entries) => layerTar(entries)));
  return compressedToImage(storedImage({ tars }));
}

/**
 * Path, type, content, and which paths are one file. The times of links are left out; they are those of their entries.
 */
function described(found: ReadonlyMap<string, UnpackedEntry>): readonly string[] {
  return [...found]
    .map(([name, { header, content, inode }]) => {
      const group = [...found].filter(([, other]) => other.inode === inode).map(([other]) => other);
      const { source } = found.get(name)!;
      const facts = [...factsOf(source), source.type === 'symlink' ? source.linkName : content];
      return `${name}: ${JSON.stringify([...facts, header.type === 'directory' ? [] : group.sort()])}`;
    })
    .sort();
}

function expected(found: ReadonlyMap<string, ModelNode>): readonly string[] | undefined {
  const inodes = new Map(
    [...found].map(([name, node]) => [name, node.kind === 'file' ? fileOf(node) : node]),
  );
  if ([...inodes.values()].includes(undefined)) return undefined;
  return [...found]
    .map(([name, node]) => {
      const inode = inodes.get(name)!;
      const group = [...inodes].filter(([, other]) => other === inode).map(([other]) => other);
      const { type, body = '', linkName } = inode.entry!;
      const facts = [...factsOf(inode.entry!), type === 'symlink' ? linkName : body];
      return `${name}: ${JSON.stringify([...facts, node.kind === 'directory' ? [] : group.sort()])}`;
    })
    .sort();
}

/**
 * Removes entries, so that no path is both a file and a directory, as in the layers of all builders. Unless `repeats`
 * is set, no path occurs twice.
 */
function consistent(
  layers: readonly (readonly LayerEntry[])[],
  { repeats = false } = {},
): readonly (readonly LayerEntry[])[] {
  return layers.map((entries) => {
    const kept: LayerEntry[] = [];
    for (const each of entries) {
      const at = clean(each.name);
      const clash = kept.some(({ name, type }) => {
        const other = clean(name);
        if (other === at) return !repeats || (type === 'directory') !== (each.type === 'directory');
        if (at.startsWith(`${other}/`)) return type !== 'directory';
        return other.startsWith(`${at}/`) && each.type !== 'directory';
      });
      if (!clash) kept.push(each);
    }
    return kept;
  });
}

/** Whether a layer replaces a file by a directory that has no entry. The result after a squash is not defined. */
function hasImpliedReplacement(layers: readonly (readonly LayerEntry[])[]): boolean {
  return layers.some((entries, layer) => {
    const below = allPaths(overlay(layers.slice(0, layer)));
    const directories = new Set(
      entries.filter(({ type }) => type === 'directory').map(({ name }) => clean(name)),
    );
    return entries.some(({ name }) => {
      const parts = clean(name).split('/').slice(0, -1);
      const above = parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
      return above.some((path) => !directories.has(path) && below.get(path)?.kind === 'file');
    });
  });
}

async function check(
  layers: readonly (readonly LayerEntry[])[],
  options: { readonly repeats: boolean },
): Promise<void> {
  const image = await imageOf(layers);
  const want = expected(allPaths(overlay(layers)));
  const found = unpackInMemory(mutate.extract(image), options);
  if (want === undefined) await expect(found).rejects.toBeInstanceOf(ArchiveInvalidError);
  else expect(described(await found)).toEqual(want);
}

describe('extract', () => {
  it('M4, M5: is tested with generated layers that contain every hard situation', () => {
    const seen = new Map<Situation, number>();
    for (const layers of fc.sample(stack, RUNS)) {
      for (const each of situationsIn(consistent(layers))) seen.set(each, (seen.get(each) ?? 0) + 1);
    }
    const rare = situations.filter((each) => (seen.get(each) ?? 0) < RUNS / 100);
    expect({ rare, seen }).toEqual({ rare: [], seen });
  });

  it('M1, M2, M3, M4, M5, M6, M13: gives the same files as a naive overlay in memory', async () => {
    await fc.assert(
      fc.asyncProperty(stack, async (layers) => check(consistent(layers), { repeats: false })),
      { numRuns: RUNS },
    );
  }, 120_000);

  it('gives the same files as the overlay for layers that have paths twice', async () => {
    await fc.assert(
      fc.asyncProperty(stack, async (layers) =>
        check(consistent(layers, { repeats: true }), { repeats: true }),
      ),
      { numRuns: RUNS / 3 },
    );
  }, 120_000);

  it('gives the same files after any range of the layers is squashed', async () => {
    const ranges = fc.tuple(stack, fc.nat(3), fc.nat(3));
    await fc.assert(
      fc.asyncProperty(ranges, async ([generated, one, other]) => {
        const layers = consistent(generated);
        const want = expected(allPaths(overlay(layers)));
        fc.pre(want !== undefined && !hasImpliedReplacement(layers));
        const top = layers.length - 1;
        const from = Math.min(one, other, top);
        const to = Math.min(Math.max(one, other), top);
        const squashed = mutate.squash(await imageOf(layers), { from, to });
        // A link into the layers below the range becomes a separate file, and a directory without an entry may get one.
        const alone = (line: string): string => line.replace(/,\[[^[\]]*\]\]$/, '');
        const found = await unpackInMemory(mutate.extract(squashed)).then(described, (error: unknown) => {
          // A dangling link that is hidden in the whole image may be visible in the range.
          if (error instanceof ArchiveInvalidError) return undefined;
          throw error;
        });
        fc.pre(found !== undefined);
        const isMade = (line: string): boolean => line.includes('["directory",0,493,0,null,0,0,""');
        expect(found.filter((line) => !isMade(line)).map(alone)).toEqual(want.map(alone));
      }),
      { numRuns: RUNS / 5 },
    );
  }, 120_000);

  it('accepts layers that contradict themselves, and writes every link after its target', async () => {
    await fc.assert(
      fc.asyncProperty(stack, async (layers) => {
        try {
          await unpackInMemory(mutate.extract(await imageOf(layers)), { repeats: true });
        } catch (error) {
          if (!isContainerError(error)) throw error;
        }
      }),
      { numRuns: RUNS / 3 },
    );
  }, 120_000);
});
