import { readFile } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { pullTo, type PullToOptions, type SaveFormat } from '../../src/crane/pulling/pull-to.js';
import { newLayer } from '../../src/static/layer.js';
import type { Cache } from '../../src/cache/cache.js';
import { fromPath } from '../../src/layout/from-path.js';
import { parseReference } from '../../src/name/parse-reference.js';
import * as random from '../../src/random/index.js';
import { writeIndex } from '../../src/remote/push.js';
import { useCacheFolder, usePushedImage } from '../support/images/cached-image.js';
import { gantry } from '../support/programs/gantry.js';
import { readAll } from '../support/tools/read-all.js';
import { requestsOf } from '../support/servers/request-list.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const directory = useCacheFolder();
const pushed = usePushedImage();

const blobsIn = (requests: readonly string[]): readonly string[] =>
  requests.filter((request) => request.startsWith('GET') && request.includes('/blobs/'));

describe('pulling with a cache', () => {
  it.each<SaveFormat>(['tarball', 'legacy', 'oci', 'oci-archive'])(
    'fetches no blob a second time, and writes the same %s',
    async (format) => {
      const { registry, reference } = await pushed();
      const pull = async (name: string, options?: PullToOptions): Promise<readonly string[]> =>
        blobsIn(
          await requestsOf(registry, async () => pullTo([reference], dir.path(name), { format, ...options })),
        );
      expect(await pull('without')).toHaveLength(4);
      expect(await pull('filling', { cache: directory.cache() })).toHaveLength(4);
      expect(await pull('filled', { cache: directory.cache() })).toEqual([]);
      expect(await pull('resumable', { cache: directory.cache(), resume: true })).toEqual([]);
      for (const name of ['filling', 'filled', 'resumable']) {
        const file = format === 'oci' ? `${name}/index.json` : name;
        const like = format === 'oci' ? 'without/index.json' : 'without';
        expect(Buffer.compare(await readFile(dir.path(file)), await readFile(dir.path(like)))).toBe(0);
      }
    },
  );

  it('reads the images of an index from the cache', async () => {
    const { registry } = await pushed();
    const reference = `${registry.host}/app:multi`;
    await writeIndex(parseReference(reference), random.index(1000, 2, 3, { seed: 'multi' }));
    const pull = async (name: string): Promise<readonly string[]> =>
      blobsIn(
        await requestsOf(registry, async () =>
          pullTo([reference], dir.path(name), { format: 'oci', cache: directory.cache() }),
        ),
      );
    expect(await pull('first')).toHaveLength(9);
    expect(await pull('second')).toEqual([]);
  });

  it.each<SaveFormat>(['tarball', 'legacy', 'oci', 'oci-archive'])(
    'downloads only damaged entries again: %s',
    async (format) => {
      const { registry, reference, open } = await pushed();
      await pullTo([reference], dir.path('first'), { format, cache: directory.cache() });
      const layers = await (await open()).layers();
      await directory.damage(await layers[1]!.digest());
      const options = await requestsOf(registry, async () =>
        pullTo([reference], dir.path('second'), { format, cache: directory.cache() }),
      );
      expect(blobsIn(options)).toEqual([`GET /v2/app/blobs/${await layers[1]!.digest()}`]);
      const file = (name: string): string => dir.path(format === 'oci' ? `${name}/index.json` : name);
      expect(Buffer.compare(await readFile(file('second')), await readFile(file('first')))).toBe(0);
      if (format === 'oci') await (await fromPath(dir.path('second'))).imageIndex();
    },
  );

  it('does not restart a stream that has already been read', async () => {
    const { reference, open } = await pushed();
    await pullTo([reference], dir.path('first'), { cache: directory.cache() });
    await directory.damage(await (await (await open()).layers())[1]!.digest());
    const target = new Writable({
      write: (_chunk, _encoding, done) => {
        done();
      },
    });
    await expect(pullTo([reference], target, { cache: directory.cache() })).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  it('accepts any cache', async () => {
    const { registry, reference } = await pushed();
    const kept = new Map<string, Buffer>();
    const memory: Cache = {
      get: async (hash) => {
        const bytes = kept.get(hash);
        return bytes === undefined
          ? directory.cache().get(hash)
          : newLayer(bytes, 'application/octet-stream');
      },
      put: async (layer) => {
        kept.set(await layer.digest(), await readAll(await layer.compressed()));
        return layer;
      },
      delete: async (hash) => void kept.delete(hash),
    };
    await pullTo([reference], dir.path('first'), { cache: memory });
    const options = await requestsOf(registry, async () =>
      pullTo([reference], dir.path('second'), { cache: memory }),
    );
    expect(blobsIn(options)).toEqual([]);
  });
});

describe('gantry pull --cache_path', () => {
  it.each(['-c', '--cache_path'])('fetches no blob a second time (%s)', async (flag) => {
    const { registry, reference } = await pushed();
    const pull = async (name: string) => gantry(['pull', flag, directory.path, reference, dir.path(name)]);
    expect(await pull('first.tar')).toMatchObject({ code: 0, stdout: '' });
    const options = await requestsOf(registry, async () => pull('second.tar'));
    expect(blobsIn(options)).toEqual([]);
    expect(
      Buffer.compare(await readFile(dir.path('second.tar')), await readFile(dir.path('first.tar'))),
    ).toBe(0);
  });

  it('warns once about a directory that cannot be written, and still pulls', async () => {
    const { reference } = await pushed();
    const file = dir.path('first.tar');
    await gantry(['pull', reference, file]);
    const { code, stderr } = await gantry([
      'pull',
      '-c',
      `${file}/layers`,
      reference,
      dir.path('second.tar'),
    ]);
    expect(code).toBe(0);
    expect(stderr.match(/cache: /g)).toHaveLength(1);
    expect(Buffer.compare(await readFile(dir.path('second.tar')), await readFile(file))).toBe(0);
  });

  it('is refused if the target is not a path', async () => {
    const { reference } = await pushed();
    const outcome = await gantry(['pull', '-c', directory.path, reference, `oci-archive:${dir.path('x')}`]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain('--cache_path');
  });
});
