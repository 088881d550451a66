import { describe, expect, it, jest } from '@jest/globals';
import { ManifestIndex } from '../../../src/registry/store/manifest-index.js';
import { page } from '../../../src/registry/store/page.js';
import { SortedNames } from '../../../src/registry/store/sorted-names.js';
import { useStepCounter } from '../../support/tools/count-steps.js';
import { someHash } from '../../support/images/stored-image.js';

const countSteps = useStepCounter();

const digestOf = (at: number): ReturnType<typeof someHash> =>
  `sha256:${at.toString(16).padStart(64, '0')}` as ReturnType<typeof someHash>;

function put(index: ManifestIndex, at: number, repository = 'app', tags = [`t${at}`]): void {
  const subject = someHash('1');
  index.put({ repository, manifest: { digest: digestOf(at), mediaType: 'x/y', size: 1, subject }, tags });
}

function filled(size: number): ManifestIndex {
  const index = new ManifestIndex();
  for (let at = 0; at < size; at += 1) put(index, at);
  return index;
}

const numbers = (size: number): readonly number[] => Array.from({ length: size }, (_, at) => at);

const works: Readonly<Record<string, (size: number) => unknown>> = {
  'deletes of all manifests': (size) => {
    const index = filled(size);
    for (const at of numbers(size)) index.delete('app', digestOf(at));
  },
  'deletes of a manifest of many repositories': (size) => {
    const index = new ManifestIndex();
    for (const at of numbers(size)) put(index, 0, `app${at}`);
    for (const at of numbers(size)) {
      index.delete(`app${at}`, digestOf(0));
      index.holds(digestOf(0));
    }
  },
  'a question for a manifest that no repository has, one for each repository': (size) => {
    const index = new ManifestIndex();
    for (const at of numbers(size)) put(index, at, `app${at}`);
    for (const at of numbers(size)) index.holds(digestOf(size + at));
  },
  'pages of tags': (size) => {
    const index = filled(size);
    for (const at of numbers(size)) {
      page({
        all: index.tags('app') ?? [],
        key: (tag) => tag,
        path: '/',
        query: new URLSearchParams({ n: '1', last: `t${at}` }),
        maxPageSize: 100,
      });
    }
  },
};

describe('the number of steps of the embedded registry grows linearly', () => {
  it.each(Object.entries(works))('S12: %s', async (_what, work) => {
    const steps = async (size: number): Promise<number> =>
      countSteps(async () => {
        work(size);
        return Promise.resolve();
      });
    await steps(8);
    const small = await steps(128);
    // A logarithmic factor is accepted.
    expect((await steps(1024)) / small).toBeLessThan(8 * 2);
  });

  it('S12: of a list between pushes does not include sorting all names again', () => {
    const names = new SortedNames();
    for (let at = 0; at < 2000; at += 1) names.add(`n${(at * 7919) % 2000}`);
    names.list();
    const sort = jest.spyOn(Array.prototype, 'sort');
    for (let at = 0; at < 50; at += 1) {
      names.add(`new${at}`);
      names.list();
    }
    const { calls } = sort.mock;
    sort.mockRestore();
    expect(calls).toHaveLength(0);
  });
});

describe('ManifestIndex', () => {
  it('finds the manifest to which a moved tag points now', () => {
    const index = filled(3);
    put(index, 2, 'app', ['t0']);
    index.delete('app', digestOf(0));
    expect(index.tags('app')).toEqual(['t0', 't1', 't2']);
    expect(index.find('app', 't0')?.digest).toBe(digestOf(2));
    index.delete('app', digestOf(2));
    expect(index.tags('app')).toEqual(['t1']);
    expect([...index].map(({ tags }) => tags)).toEqual([['t1']]);
  });

  it('holds a manifest until it is deleted from its last repository', () => {
    const index = new ManifestIndex();
    put(index, 0, 'a');
    put(index, 0, 'a', ['again']);
    put(index, 0, 'b');
    index.delete('a', digestOf(0));
    expect(index.holds(digestOf(0))).toBe(true);
    index.delete('b', digestOf(0));
    expect(index.holds(digestOf(0))).toBe(false);
    expect(index.delete('b', digestOf(0))).toBe(false);
  });
});

describe('SortedNames', () => {
  it('lists the same names as a sorted set after any changes, and does not modify earlier lists', () => {
    const names = new SortedNames();
    const all = new Set<string>();
    let before: readonly string[] = [];
    let copy: readonly string[] = [];
    for (let at = 0; at < 600; at += 1) {
      const name = `n${(at * 7919) % 97}`;
      if (at % 3 === 2) names.delete(name);
      else names.add(name);
      if (at % 3 === 2) all.delete(name);
      else all.add(name);
      if (at % 5 > 0 || (at > 200 && at < 400)) continue;
      expect(before).toEqual(copy);
      before = names.list();
      copy = [...before];
      expect(before).toEqual([...all].sort());
    }
  });
});
