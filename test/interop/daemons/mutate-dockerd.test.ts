import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as legacy from '../../../src/legacy/index.js';
import * as mutate from '../../../src/mutate/index.js';
import { newTag } from '../../../src/name/tag.js';
import * as tarball from '../../../src/tarball/index.js';
import { type Dockerd, startDockerd } from '../../support/programs/dockerd.js';
import { fc } from '../../support/tools/fast-check.js';
import type { LayerEntry } from '../../support/archives/layer-tar.js';
import { file, directory, layeredImage, link, symlink } from '../../support/images/layered-image.js';
import { clean, allPaths, overlay } from '../../support/archives/overlay-model.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { type UnpackedEntry, unpackInMemory } from '../../support/archives/unpack-in-memory.js';

/** Files that the engine adds to every container. */
const OWN = /^(\.dockerenv|dev|etc|proc|sys)(\/|$)/;

const names = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));
const entry: fc.Arbitrary<LayerEntry> = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(names, fc.nat(9)).map(([name, body]) => file(name, `content ${body}`)) },
  { weight: 2, arbitrary: names.map((name) => directory(name)) },
  { weight: 3, arbitrary: fc.tuple(names, names).map(([name, target]) => link(name, target)) },
  { weight: 1, arbitrary: names.map((name) => symlink(name, '../b')) },
  { weight: 3, arbitrary: names.map((name) => file(name.replace(/([^/]+)$/, '.wh.$1'), '')) },
  { weight: 1, arbitrary: names.map((name) => file(`${name}/.wh..wh..opq`, '')) },
);

/** A layer in the order of builders: each path once, whiteouts first, directories before their content, links last. */
function built(entries: readonly LayerEntry[]): readonly LayerEntry[] {
  const paths = new Map<string, LayerEntry>();
  for (const each of entries) {
    const at = clean(each.name);
    const parts = at.split('/');
    const above = parts.slice(0, -1).map((_, depth) => parts.slice(0, depth + 1).join('/'));
    const taken = above.some((name) => paths.has(name) && paths.get(name)!.type !== 'directory');
    const inside = [...paths.keys()].some((name) => name.startsWith(`${at}/`));
    if (taken || paths.has(at) || (inside && each.type !== 'directory')) continue;
    for (const name of above) if (!paths.has(name)) paths.set(name, directory(name));
    paths.set(at, each);
  }
  const rank = ({ name, type }: LayerEntry): number =>
    name.includes('.wh.') ? 0 : type === 'directory' ? 1 : type === 'link' ? 3 : 2;
  return [...paths.values()].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

/** Removes links without a target, which are most of the random links, because the engine refuses them. */
function stackOf(layers: readonly (readonly LayerEntry[])[]): readonly (readonly LayerEntry[])[] {
  const stack: (readonly LayerEntry[])[] = [];
  for (const entries of layers) {
    const below = allPaths(overlay(stack));
    const layer = built(entries);
    const own = new Set(layer.flatMap(({ name, type }) => (type === 'directory' ? [] : clean(name))));
    const found = ({ type, linkName = '' }: LayerEntry): boolean =>
      type !== 'link' || own.has(linkName) || below.get(linkName)?.kind === 'file';
    stack.push(layer.filter(found));
  }
  return stack;
}

function listing(found: ReadonlyMap<string, UnpackedEntry>): readonly string[] {
  return [...found]
    .filter(([name]) => !OWN.test(name) && name !== '.')
    .map(([name, { header, content, inode }]) => {
      const { type, linkName } = found.get(inode)!.header;
      const group = [...found].filter(([, other]) => other.inode === inode).map(([other]) => other);
      const what = type === 'symlink' ? linkName : content;
      return JSON.stringify([name, type, what, header.type === 'directory' ? [] : group.sort()]);
    })
    .sort();
}

describeWithPeers('the filesystem that Docker shows', ['dockerd', 'docker'], ({ dockerd }) => {
  let scratch: string;
  let engine: Dockerd;
  beforeAll(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    engine = await startDockerd(dockerd, path.join(scratch, 'docker'));
  }, 120_000);
  afterAll(async () => {
    await engine.stop();
    await rm(scratch, { recursive: true, force: true });
  }, 60_000);

  /** Undefined if the engine does not load the image. */
  const shown = async (
    archive: string,
    tag: string,
  ): Promise<ReadonlyMap<string, UnpackedEntry> | undefined> => {
    try {
      await engine.docker('load', '--input', archive);
    } catch {
      return undefined;
    }
    const container = (await engine.docker('create', tag, '/x')).trim();
    const exported = path.join(scratch, 'exported.tar');
    await engine.docker('export', '--output', exported, container);
    await engine.docker('rm', container);
    return unpackInMemory(createReadStream(exported));
  };

  const stacks: readonly (readonly (readonly LayerEntry[])[])[] = [
    [[file('t1', '123'), link('t2', 't1'), link('t3', 't1')], [file('t1', '456')]],
    [[file('t1', '123')], [link('t2', 't1')], [file('.wh.t1', '')], [link('t3', 't2')]],
    [[directory('d'), file('d/x', '1'), link('y', 'd/x')], [file('d', 'file')]],
    [[directory('d'), file('d/x', '1')], [symlink('d', 'e')], [directory('d'), file('d/z', '2')]],
    [
      [directory('d'), file('d/x', '1'), directory('d/e'), file('d/e/y', '2')],
      [directory('d'), file('d/.wh..wh..opq', ''), file('d/z', '3')],
    ],
    ...fc
      .sample(fc.array(fc.array(entry, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 4 }), 25)
      .map(stackOf),
  ];

  it('M1, M2, M4, M5: is the same as that of extract, for every stack that Docker loads', async () => {
    let loaded = 0;
    for (const [number, layers] of stacks.entries()) {
      const image = await layeredImage([[directory('r'), file('r/root', 'x')], ...layers]);
      const tag = `stack:${number}`;
      const archive = path.join(scratch, 'stack.tar');
      await tarball.writeToFile(archive, newTag(tag), image);
      const found = await shown(archive, tag);
      if (found === undefined) continue;
      loaded += 1;
      const ours = { layers, found: listing(await unpackInMemory(mutate.extract(image))) };
      expect(ours).toEqual({ layers, found: listing(found) });
      const flat = listing(
        await unpackInMemory(await (await mutate.flatten(image).layers())[0]!.uncompressed()),
      );
      expect(flat).toEqual(ours.found);
    }
    expect(loaded).toBeGreaterThan(15);
  }, 300_000);

  it('is the same from an archive in the first format', async () => {
    const image = await layeredImage([
      [directory('r'), file('r/one', '1')],
      [file('r/two', '2'), file('r/.wh.one', '')],
    ]);
    const archive = path.join(scratch, 'legacy.tar');
    await legacy.tarball.writeToFile(archive, newTag('legacy:v1'), image);
    const found = await shown(archive, 'legacy:v1');
    expect(listing(found!)).toEqual(listing(await unpackInMemory(mutate.extract(image))));
  }, 60_000);
});
