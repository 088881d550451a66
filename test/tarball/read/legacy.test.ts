import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { isContainerError } from '../../../src/errors/base.js';
import { AmbiguousError } from '../../../src/errors/ambiguous.js';
import { ArchiveInvalidError } from '../../../src/errors/invalid/archive.js';
import { ManifestInvalidError } from '../../../src/errors/invalid/manifest.js';
import { NotFoundError } from '../../../src/errors/service/not-found.js';
import * as tarball from '../../../src/tarball/index.js';
import { describeImageContract } from '../../contract/image-contract.js';
import { fc } from '../../support/tools/fast-check.js';
import { readAll, sha256Of } from '../../support/tools/read-all.js';
import { tarEntries, type TestEntry } from '../../support/archives/tar-entries.js';
import { tarOf } from '../../support/archives/tar-of.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const [base, middle, top] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];
const tars = {
  [base]: tarOf(['etc/os', 'one']),
  [middle]: tarOf(['app', 'two']),
  [top]: tarOf(['etc/app', 'three']),
};

function layer(id: string, members: object, content: Uint8Array = tars[id]!): TestEntry[] {
  return [
    { name: `${id}/VERSION`, content: '1.0' },
    { name: `${id}/json`, content: JSON.stringify({ id, ...members }) },
    { name: `${id}/layer.tar`, content },
  ];
}

const described = {
  architecture: 'amd64',
  os: 'linux',
  docker_version: '1.9.1',
  config: { Cmd: ['sh'] },
  created: '2015-01-03T00:00:00Z',
};
const layers = [
  ...layer(base, { created: '2015-01-01T00:00:00Z', container_config: { Cmd: ['sh', '-c', 'ADD <base>'] } }),
  ...layer(middle, {
    parent: base,
    created: '2015-01-02T00:00:00Z',
    comment: 'second',
    author: 'me',
    throwaway: true,
  }),
  ...layer(top, { parent: middle, Size: 12, layer_id: 'x', ...described }, gzipSync(tars[top]!)),
];
const repositories = (value: unknown): TestEntry => ({
  name: 'repositories',
  content: JSON.stringify(value),
});
const tagged = repositories({ 'example.com/app': { v1: top, latest: top }, base: { '1': middle } });

async function opened(...entries: readonly TestEntry[]): Promise<tarball.Archive> {
  await writeFile(temp.path('old.tar'), tarEntries(...entries));
  return tarball.open(temp.path('old.tar'));
}

describeImageContract('an image of an archive in the first format', async () => {
  const bytes = tarEntries(...layers, tagged);
  return tarball.image(() => Readable.from([bytes], { objectMode: false }), { tag: 'example.com/app:v1' });
});

describe("an archive in Docker's first format", () => {
  it('has images that are selected by any of their tags', async () => {
    const archive = await opened(...layers, tagged);
    expect(archive.manifest).toBeUndefined();
    expect(archive.images.map(({ tags }) => tags)).toEqual([
      ['base:1'],
      ['example.com/app:latest', 'example.com/app:v1'],
    ]);
    await expect(archive.image()).rejects.toThrow(AmbiguousError);
    await expect(archive.image({ tag: 'app' })).rejects.toThrow(/example\.com\/app:v1/);
    const image = await archive.image({ tag: 'example.com/app' });
    expect(await (await archive.image({ tag: 'example.com/app:v1' })).digest()).toBe(await image.digest());
    const found = await Promise.all(
      (await image.layers()).map(async (one) => readAll(await one.uncompressed())),
    );
    expect(found).toEqual([tars[base], tars[middle], tars[top]]);
    expect(await (await archive.image({ tag: 'base:1' })).layers()).toHaveLength(2);
  });

  it('has images with the config that Docker makes of the documents', async () => {
    const image = await (await opened(...layers, tagged)).image({ tag: 'example.com/app:v1' });
    expect(Buffer.from(await image.rawConfigFile()).toString()).toBe(
      '{"architecture":"amd64","config":{"Cmd":["sh"]},"created":"2015-01-03T00:00:00Z","docker_version":"1.9.1",' +
        '"history":[{"created":"2015-01-01T00:00:00Z","created_by":"sh -c ADD \\u003cbase\\u003e"},' +
        '{"created":"2015-01-02T00:00:00Z","author":"me","comment":"second"},{"created":"2015-01-03T00:00:00Z"}],' +
        `"os":"linux","rootfs":{"type":"layers","diff_ids":[${[base, middle, top].map((id) => `"${sha256Of(tars[id]!)}"`).join(',')}]}}`,
    );
  });

  it('has an image for each layer that is not a parent, if there are no tags', async () => {
    const archive = await opened(...layers);
    expect(archive.images.map(({ tags }) => tags)).toEqual([[]]);
    expect(await (await archive.image()).layers()).toHaveLength(3);
  });

  it('causes an error that names a missing layer, or a circle of parents', async () => {
    const without = await opened(...layers.filter(({ name }) => name !== `${middle}/json`), tagged);
    await expect(without.image({ tag: 'example.com/app' })).rejects.toThrow(`"${middle}" is missing`);
    const noTar = await opened(...layers.filter(({ name }) => name !== `${base}/layer.tar`), tagged);
    await expect(noTar.image({ tag: 'base:1' })).rejects.toThrow(ArchiveInvalidError);
    const circle = await opened(
      ...layer(base, { parent: middle }),
      ...layer(middle, { parent: base }),
      tagged,
    );
    await expect(circle.image({ tag: 'base:1' })).rejects.toThrow(/circle/);
    const nowhere = await opened(...layers, repositories({ app: { v1: '../../etc/passwd' } }));
    await expect(nowhere.image({ tag: 'app:v1' })).rejects.toThrow(/is missing/);
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['a name without tags', '{"app":1}'],
    ['a tag without an ID', '{"app":{"v1":1}}'],
  ])('is refused if repositories is %s', async (_what, content) => {
    await expect(opened(...layers, { name: 'repositories', content })).rejects.toThrow(ManifestInvalidError);
  });

  it.each([
    ['of another layer', JSON.stringify({ id: top })],
    ['no object', '[]'],
    ['not JSON', ''],
    ['with a parent that is not a name', '{"parent":1}'],
  ])('is refused if the document of a layer is %s', async (_what, content) => {
    await expect(opened({ name: `${base}/json`, content })).rejects.toThrow(ManifestInvalidError);
  });

  it('has images or causes an error of this package, whatever its documents contain', async () => {
    const documents = fc.record(
      {
        id: fc.constantFrom(base, top, 1),
        parent: fc.constantFrom(base, middle, '', null),
        container_config: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const lists = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.constantFrom(base, top, ''))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(documents, { maxLength: 3 }), lists, async (members, listed) => {
        const found = [base, middle, top].flatMap((id, at) =>
          members[at] === undefined
            ? []
            : [
                { name: `${id}/json`, content: JSON.stringify(members[at]) },
                { name: `${id}/layer.tar`, content: tars[id]! },
              ],
        );
        const bytes = tarEntries(...found, repositories(listed));
        try {
          const archive = await tarball.open(() => Readable.from([bytes], { objectMode: false }));
          for (const stored of archive.images) await (await stored.open()).configFile();
        } catch (error) {
          expect(isContainerError(error)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('has no image if repositories is empty', async () => {
    const archive = await opened(repositories({}));
    await expect(archive.image()).rejects.toThrow(NotFoundError);
  });
});
