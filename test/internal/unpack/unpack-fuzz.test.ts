import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { diskTree } from '../../support/archives/disk-tree.js';
import { fc } from '../../support/tools/fast-check.js';
import type { LayerEntry } from '../../support/archives/layer-tar.js';
import { file, directory, link, symlink } from '../../support/images/layered-image.js';
import { useUnpack } from '../../support/archives/unpack.js';

const temp = useUnpack();

const part = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('a', 'b', 'c') },
  { weight: 1, arbitrary: fc.constantFrom('.', '..', '') },
);
const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const target = fc.constantFrom('a', '.', '..', '../canary', '../../canary/file', '/canary', 'a/b', 'OUTSIDE');
const large = 'x'.repeat(300_000);
const entry: fc.Arbitrary<LayerEntry> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(name, fc.constantFrom('1', '2', '3')).map(([at, body]) => file(plain(at), body)),
  },
  { weight: 1, arbitrary: name.map((at) => file(plain(at), large)) },
  { weight: 4, arbitrary: name.map((at) => directory(at)) },
  { weight: 4, arbitrary: fc.tuple(name, target).map(([at, to]) => symlink(at, to)) },
  { weight: 3, arbitrary: fc.tuple(name, name).map(([at, to]) => link(at, to)) },
);

/** The encoder holds names of files to its rule. */
function plain(at: string): string {
  return at.replace(/\/+$/, '');
}

/** What has to be there afterwards; undefined if one of the entries has to be refused. */
function model(entries: readonly LayerEntry[]): Record<string, string> | undefined {
  const tree = new Map<string, string>();
  const remove = (path: string): void => {
    for (const other of tree.keys()) if (other === path || other.startsWith(`${path}/`)) tree.delete(other);
  };
  for (const { name: at, type, linkName = '', body } of entries) {
    const path = clean(at);
    if (path === undefined || (path === '' && type !== 'directory')) return undefined;
    if (path === '') continue;
    const to = type === 'link' ? clean(linkName) : '';
    if (to === undefined) return undefined;
    if (type === 'link' && to === path) continue;
    for (const above of parentsOf(path)) {
      if (tree.has(above) && tree.get(above) !== '/') return undefined;
      tree.set(above, '/');
    }
    let content = String(body ?? '');
    if (type === 'symlink') content = `-> ${linkName}`;
    if (type === 'link') {
      const found = tree.get(to);
      // What has the name of the link goes before it is made, and may take the target along.
      if (found === undefined || found === '/' || to.startsWith(`${path}/`)) return undefined;
      content = found;
    }
    if (type !== 'directory') remove(path);
    tree.set(path, type === 'directory' ? '/' : content);
  }
  return Object.fromEntries(tree);
}

function clean(at: string): string | undefined {
  const parts = at.split('/').filter((each) => each !== '' && each !== '.');
  return at.startsWith('/') || parts.includes('..') ? undefined : parts.join('/');
}

function parentsOf(path: string): readonly string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, depth) => parts.slice(0, depth + 1).join('/'));
}

describe('any archive', () => {
  it('M6, M7: is unpacked as it says or refused, and nothing outside changes', async () => {
    mkdirSync(temp.path('canary'));
    writeFileSync(temp.path('canary/file'), 'alive');
    let whole = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 12 }), async (entries) => {
        const real = entries.map((each) =>
          each.linkName === 'OUTSIDE' ? { ...each, linkName: temp.path('canary') } : each,
        );
        const wanted = model(real);
        const found = await temp.outcome(real);
        if (wanted === undefined) {
          expect(['UNSAFE_PATH', 'ARCHIVE_INVALID', 'FILE_SYSTEM']).toContain(found);
        } else {
          whole += 1;
          expect(found).toEqual(wanted);
        }
        rmSync(temp.path('out'), { recursive: true, force: true });
        expect(readdirSync(temp.path())).toEqual(['canary']);
        expect(await diskTree(temp.path('canary'))).toEqual({ file: 'alive' });
      }),
      { numRuns: 300 },
    );
    expect(whole).toBeGreaterThan(50);
  });
});
