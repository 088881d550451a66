import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseReference } from '../../src/name/parse-reference.js';
import type { Repository } from '../../src/name/reference.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { get } from '../../src/remote/get.js';
import { image } from '../../src/remote/image.js';
import { push, write, writeIndex } from '../../src/remote/push.js';
import { newPusher } from '../../src/remote/pusher.js';
import { tag } from '../../src/remote/tag.js';
import { image as randomImage } from '../../src/random/image.js';
import { index as randomIndex } from '../../src/random/image-index.js';
import { readAll } from '../support/tools/read-all.js';
import { kinds, requestsOf } from '../support/servers/request-list.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { storedImage } from '../support/images/stored-image.js';

let registry: StartedRegistry;
let next = 0;
const reference = (text: string) => parseReference(`${registry.host}/${text}`);
const repository = (): Repository => reference(`app${(next += 1)}`).context();

beforeAll(async () => {
  registry = await startRegistry();
});
afterAll(async () => {
  await registry.close();
});

describe('the requests of an operation', () => {
  it('include one ping for any number of operations', async () => {
    const requests = await requestsOf(registry, async () => {
      await push(reference('ping:a'), compressedToImage(storedImage()));
      await get(reference('ping:a'));
    });
    expect(requests.filter((request) => request === 'GET /v2/')).toHaveLength(1);
  });

  it('are three for each blob and two for the manifest of a new image', async () => {
    const repo = repository();
    const name = repo.repositoryStr();
    const requests = await requestsOf(registry, async () =>
      write(repo.tag('v1'), compressedToImage(storedImage())),
    );
    expect(kinds(requests)).toEqual({
      [`HEAD /v2/${name}/manifests/v1`]: 1,
      [`HEAD /v2/${name}/blobs/<digest>`]: 3,
      [`POST /v2/${name}/blobs/uploads/`]: 3,
      [`PUT /v2/${name}/blobs/uploads/<id>?digest=<digest>`]: 3,
      [`PUT /v2/${name}/manifests/v1`]: 1,
    });
    expect(requests[0]).toMatch(/^HEAD .*\/manifests\/v1$/);
    expect(requests.at(-1)).toMatch(/^PUT .*\/manifests\/v1$/);
  });

  it('are one for an image that the repository has already', async () => {
    const repo = repository();
    const pushed = compressedToImage(storedImage());
    await write(repo.tag('v1'), pushed);
    expect(await requestsOf(registry, async () => write(repo.tag('v1'), pushed))).toEqual([
      `HEAD /v2/${repo.repositoryStr()}/manifests/v1`,
    ]);
  });

  it('do not concern the layers if an image only gets another tag', async () => {
    const repo = repository();
    const pushed = compressedToImage(storedImage());
    await write(repo.tag('v1'), pushed);
    const digest = await pushed.digest();
    const config = await pushed.configName();
    const base = `/v2/${repo.repositoryStr()}`;
    expect(await requestsOf(registry, async () => write(repo.tag('v2'), pushed))).toEqual([
      `HEAD ${base}/manifests/v2`,
      `HEAD ${base}/blobs/${config}`,
      `HEAD ${base}/manifests/${digest}`,
      `PUT ${base}/manifests/v2`,
    ]);
  });

  it('are one more to tag the result of get', async () => {
    const repo = repository();
    await write(repo.tag('v1'), compressedToImage(storedImage()));
    const base = `/v2/${repo.repositoryStr()}`;
    const requests = await requestsOf(registry, async () => tag(repo.tag('v2'), await get(repo.tag('v1'))));
    expect(requests).toEqual([`GET ${base}/manifests/v1`, `PUT ${base}/manifests/v2`]);
  });

  it('mount every blob of an image from another repository of the registry', async () => {
    const [from, to] = [repository(), repository()];
    await write(from.tag('v1'), compressedToImage(storedImage()));
    const source = `/v2/${from.repositoryStr()}`;
    const target = `/v2/${to.repositoryStr()}`;
    const requests = await requestsOf(registry, async () => push(to.tag('v1'), await image(from.tag('v1'))));
    expect(kinds(requests)).toEqual({
      [`GET ${source}/manifests/v1`]: 1,
      [`HEAD ${target}/manifests/v1`]: 1,
      [`HEAD ${target}/manifests/<digest>`]: 1,
      [`POST ${target}/blobs/uploads/?mount=<digest>&from=${from.repositoryStr()}`]: 3,
      [`PUT ${target}/manifests/v1`]: 1,
    });
  });

  it('are one for each manifest, config and layer of a pull', async () => {
    const repo = repository();
    await write(repo.tag('v1'), compressedToImage(storedImage()));
    const base = `/v2/${repo.repositoryStr()}`;
    const requests = await requestsOf(registry, async () => {
      const pulled = await image(repo.tag('v1'));
      await pulled.configFile();
      for (const layer of await pulled.layers()) await readAll(await layer.compressed());
    });
    expect(kinds(requests)).toEqual({
      [`GET ${base}/manifests/v1`]: 1,
      [`GET ${base}/blobs/<digest>`]: 3,
    });
  });

  it('include one HEAD for each manifest of a new index', async () => {
    const repo = repository();
    const base = `/v2/${repo.repositoryStr()}`;
    const index = randomIndex(100, 1, 2);
    expect(kinds(await requestsOf(registry, async () => writeIndex(repo.tag('v1'), index)))).toEqual({
      [`HEAD ${base}/manifests/v1`]: 1,
      [`HEAD ${base}/manifests/<digest>`]: 2,
      [`HEAD ${base}/blobs/<digest>`]: 4,
      [`POST ${base}/blobs/uploads/`]: 4,
      [`PUT ${base}/blobs/uploads/<id>?digest=<digest>`]: 4,
      [`PUT ${base}/manifests/<digest>`]: 2,
      [`PUT ${base}/manifests/v1`]: 1,
    });
    expect(kinds(await requestsOf(registry, async () => writeIndex(repo.tag('v2'), index)))).toEqual({
      [`HEAD ${base}/manifests/v2`]: 1,
      [`HEAD ${base}/manifests/<digest>`]: 2,
      [`PUT ${base}/manifests/v2`]: 1,
    });
  });

  it('send each blob once, and mount it in the other repositories of a run', async () => {
    const [one, two] = [repository(), repository()];
    const shared = randomImage(1000, 2);
    const pusher = newPusher();
    const requests = kinds(
      await requestsOf(registry, async () =>
        pusher.multiWrite(
          new Map([
            [one.tag('v1'), shared],
            [two.tag('v1'), shared],
          ]),
        ),
      ),
    );
    const uploads = Object.entries(requests).filter(
      ([kind]) => kind.startsWith('PUT') && kind.includes('uploads'),
    );
    expect(uploads.reduce((sum, [, count]) => sum + count, 0)).toBe(3);
    const mounts = Object.entries(requests).filter(([kind]) => kind.includes('?mount='));
    expect(mounts.reduce((sum, [, count]) => sum + count, 0)).toBe(3);
  });
});
