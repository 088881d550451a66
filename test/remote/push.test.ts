import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Readable } from 'node:stream';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { parseReference } from '../../src/name/parse-reference.js';
import type { Reference } from '../../src/name/reference.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import type { IndexCore } from '../../src/partial/layers/cores.js';
import { indexFromCore } from '../../src/partial/index-from-core.js';
import { image as randomImage } from '../../src/random/image.js';
import { get } from '../../src/remote/get.js';
import { image } from '../../src/remote/image.js';
import { index } from '../../src/remote/image-index.js';
import { list } from '../../src/remote/list.js';
import { newPuller } from '../../src/remote/puller.js';
import { put, write, writeIndex } from '../../src/remote/push.js';
import { newPusher } from '../../src/remote/pusher.js';
import { writeLayer } from '../../src/remote/write-layer.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import type { Image } from '../../src/v1/image.js';
import type { Descriptor } from '../../src/v1/descriptor.js';
import type { Layer } from '../../src/v1/layer.js';
import { marshalIndexManifest } from '../../src/v1/documents/marshal.js';
import type { ProgressEvent } from '../../src/v1/progress.js';
import { dockerForeignLayer, ociImageIndex } from '../../src/v1/types.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { sendJson, useServers } from '../support/servers/http-server.js';
import { readAll } from '../support/tools/read-all.js';
import { requestsOf } from '../support/servers/request-list.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { storedImage } from '../support/images/stored-image.js';

let registry: StartedRegistry;
let other: StartedRegistry;
let next = 0;
const reference = (text = `push${(next += 1)}:v1`, on = registry): Reference =>
  parseReference(`${on.host}/${text}`);
const servers = useServers();

beforeAll(async () => {
  [registry, other] = await Promise.all([startRegistry(), startRegistry()]);
});
afterAll(async () => {
  await Promise.all([registry.close(), other.close()]);
});

describe('a push', () => {
  it('copies an image to another registry byte for byte', async () => {
    const source = randomImage(200_000, 3);
    const [from, to] = [reference(), reference('copy:v1', other)];
    await write(from, source);
    await write(to, await image(from));
    const copied = await image(to);
    expect(Buffer.compare(await copied.rawManifest(), await source.rawManifest())).toBe(0);
    for (const layer of await copied.layers()) {
      expect(sha256Bytes(await readAll(await layer.compressed()))).toBe(await layer.digest());
    }
  });

  it('keeps nested indexes, and finds a platform within them', async () => {
    const target = reference();
    const [arm, amd] = [randomImage(10, 1), randomImage(10, 1)];
    const listed = async (child: Image | ImageIndex, architecture?: string): Promise<Descriptor> => ({
      mediaType: await child.mediaType(),
      size: await child.size(),
      digest: await child.digest(),
      ...(architecture !== undefined && { platform: { os: 'linux', architecture } }),
    });
    const indexOf = (
      manifests: readonly Descriptor[],
      children: Pick<IndexCore, 'image' | 'imageIndex'>,
    ): ImageIndex =>
      indexFromCore({
        ...children,
        mediaType: async () => ociImageIndex,
        rawManifest: async () =>
          marshalIndexManifest({ schemaVersion: 2, mediaType: ociImageIndex, manifests }),
      });
    const none = async (): Promise<never> => Promise.reject(new Error('no such child'));
    const armDigest = await arm.digest();
    const inner = indexOf([await listed(amd, 'amd64'), await listed(arm, 'arm64')], {
      image: async (child) => (child.digest === armDigest ? arm : amd),
      imageIndex: none,
    });
    const outer = indexOf([await listed(inner, 'arm64')], { image: none, imageIndex: async () => inner });
    await writeIndex(target, outer);

    const platform = { os: 'linux', architecture: 'arm64' };
    expect(await (await image(target, { platform })).digest()).toBe(armDigest);
    const pulled = await index(target, { platform });
    expect(await (await pulled.image(await inner.digest())).digest()).toBe(armDigest);
    const nested = await pulled.imageIndex(await inner.digest());
    expect((await nested.indexManifest()).manifests).toHaveLength(2);
    await expect(image(target)).rejects.toThrow('no image for linux/amd64');
  });

  it('skips layers that must not be distributed, unless nondistributable is set', async () => {
    const foreign = compressedToImage(
      storedImage({
        manifest: (same) => ({
          ...same,
          layers: same.layers.map((layer, at) =>
            at === 0 ? { ...layer, mediaType: dockerForeignLayer } : layer,
          ),
        }),
      }),
    );
    const lax = await startRegistry({ requireBlobs: false });
    try {
      const uploads = async (options: object): Promise<number> => {
        const target = reference(undefined, lax);
        const requests = await requestsOf(lax, async () => write(target, foreign, options));
        return requests.filter((request) => request.startsWith('POST')).length;
      };
      const events: ProgressEvent[] = [];
      expect(await uploads({ onProgress: (event: ProgressEvent) => events.push(event) })).toBe(2);
      expect(events.filter(({ state }) => state === 'skipped')).toHaveLength(1);
      expect(await uploads({ nondistributable: true })).toBe(3);
    } finally {
      await lax.close();
    }
  });

  it('U13: puts no manifest, and stops the other uploads, if a layer fails', async () => {
    const source = storedImage();
    const core = compressedToImage(source);
    const target = reference();
    let aborted = false;
    let opened = (): void => undefined;
    const bothOpen = new Promise<void>((resolve) => (opened = resolve));
    const broken = {
      ...core,
      layers: async (): Promise<readonly Layer[]> => {
        const [first, second] = await core.layers();
        return [
          {
            ...first!,
            compressed: async () => bothOpen.then(() => Promise.reject(new Error('the source broke'))),
          },
          {
            ...second!,
            compressed: async (options) =>
              new Promise<Readable>((_resolve, reject) => {
                opened();
                options?.signal?.addEventListener('abort', () => {
                  aborted = true;
                  reject(options.signal?.reason as Error);
                });
              }),
          },
        ];
      },
    };
    await expect(write(target, broken)).rejects.toThrow('the source broke');
    expect(aborted).toBe(true);
    await expect(get(target)).rejects.toThrow('does not have it');
  });

  it('U16: uploads a layer once, even if several tasks push it', async () => {
    const pusher = newPusher();
    const [layer] = await randomImage(10_000, 1).layers();
    const repo = reference().context();
    const requests = await requestsOf(registry, async () =>
      Promise.all(Array.from({ length: 10 }, async () => pusher.upload(repo, layer!))),
    );
    expect(requests.filter((request) => request.startsWith('POST'))).toHaveLength(1);
    expect(await requestsOf(registry, async () => pusher.upload(repo, layer!))).toEqual([]);
  });

  it.each([400, 401, 403, 404, 500])(
    'U10: uploads a blob if the registry responds to its mount with %d',
    async (status) => {
      const log: string[] = [];
      const server = await servers.http((request, response) => {
        const { method = '', url = '' } = request;
        request.resume();
        if (url !== '/v2/') log.push(`${method} ${url.split('?')[0] ?? ''}`);
        if (url.includes('mount=')) response.writeHead(status).end();
        else if (method === 'HEAD') response.writeHead(404).end();
        else if (method === 'POST') response.writeHead(202, { location: '/v2/app/blobs/uploads/1' }).end();
        else response.writeHead(method === 'PUT' ? 201 : 200).end();
      });
      const [bare] = await compressedToImage(storedImage()).layers();
      const layer: Layer = { ...bare!, mountFrom: () => ({ registry: server.host, repository: 'source' }) };
      const options = { clock: hurriedClock, retry: { attempts: 1 } };
      await writeLayer(parseReference(`${server.host}/app`).context(), layer, options);
      expect(log.map((line) => line.split(' ')[0])).toEqual(['POST', 'HEAD', 'POST', 'PUT']);
    },
  );

  it('U9: continues the upload that a registry starts instead of a mount', async () => {
    const [bare] = await compressedToImage(storedImage()).layers();
    const target = reference();
    const layer: Layer = {
      ...bare!,
      mountFrom: () => ({ registry: registry.host, repository: 'nobody/has' }),
    };
    const requests = await requestsOf(registry, async () => writeLayer(target.context(), layer));
    expect(requests.map((request) => request.split(' ')[0])).toEqual(['POST', 'HEAD', 'PUT']);
  });

  it('U11: requests one token that can also read the repositories from which blobs are mounted', async () => {
    const scopes: string[][] = [];
    const server = await servers.http((request, response) => {
      const url = new URL(request.url ?? '', `http://${request.headers.host ?? ''}`);
      if (url.pathname !== '/token') return;
      scopes.push(url.searchParams.getAll('scope').flatMap((scope) => scope.split(' ')));
      sendJson(response, 200, { token: 't', expires_in: 300 });
    });
    const guarded = await startRegistry({
      auth: { token: { realm: `${server.origin}/token`, service: 'test', verify: () => true } },
    });
    try {
      const [from, to] = [reference('from:v1', guarded), reference('to:v1', guarded)];
      const options = { client: newGotClient(), trustedRealms: [server.host] };
      await write(from, randomImage(100, 1), options);
      expect(scopes).toEqual([['repository:from:push,pull']]);
      const pusher = newPusher(options);
      await pusher.push(to, await image(from, { reuse: pusher }));
      expect(scopes.slice(1)).toEqual([
        ['repository:from:pull'],
        ['repository:to:push,pull', 'repository:from:pull'],
      ]);
    } finally {
      await guarded.close();
    }
  });

  it.each([409, 412, 413])(
    'U17: explains why a manifest is refused with %d, and does not retry it',
    async (status) => {
      let puts = 0;
      const server = await servers.http((request, response) => {
        request.resume();
        if (request.method === 'PUT') puts += 1;
        response.writeHead(request.method === 'PUT' ? status : 200).end();
      });
      const failed = put(parseReference(`${server.host}/app:v1`), compressedToImage(storedImage()));
      await expect(failed).rejects.toMatchObject({ code: 'TRANSPORT', status, hint: expect.any(String) });
      expect(puts).toBe(1);
    },
  );

  it('refuses to put a manifest under the digest of another one before it sends anything', async () => {
    const wrong = reference()
      .context()
      .digest(`sha256:${'0'.repeat(64)}`);
    const requests = await requestsOf(registry, async () => {
      await expect(write(wrong, randomImage(10, 1))).rejects.toThrow(DigestMismatchError);
      await expect(put(wrong, randomImage(10, 1))).rejects.toThrow(DigestMismatchError);
    });
    expect(requests).toEqual([]);
  });

  it('reports progress of every blob and manifest', async () => {
    const pushed = randomImage(1_500_000, 1);
    const target = reference();
    const readBack = async (): Promise<string[]> => {
      const events: ProgressEvent[] = [];
      await write(target, pushed, { onProgress: (event) => events.push(event), jobs: 1 });
      return events.map(({ kind, state }) => `${kind} ${state}`);
    };
    expect(await readBack()).toEqual([
      'plan expected',
      ...['blob started', 'blob progress', 'blob progress', 'blob done'],
      ...['blob started', 'blob done', 'manifest done'],
    ]);
    expect(await readBack()).toEqual(['manifest existing']);
  });

  it('T19: fails with the reason of its signal', async () => {
    const controller = new AbortController();
    const server = await servers.http((request, response) => {
      if (request.url === '/v2/') response.end();
      else controller.abort(new Error('enough'));
    });
    const target = parseReference(`${server.host}/app:v1`);
    await expect(write(target, randomImage(10, 1), { signal: controller.signal })).rejects.toThrow('enough');
  });
});

describe('a puller and a pusher', () => {
  it('are the only objects that reuse accepts', async () => {
    const target = reference();
    await write(target, randomImage(100, 1), { reuse: newPusher() });
    const puller = newPuller();
    expect(await list(target.context(), { reuse: puller })).toEqual(['v1']);
    expect(await puller.list(target.context())).toEqual(['v1']);
    expect((await puller.head(target)).digest).toBe((await puller.get(target)).digest);
    await expect(list(target.context(), { reuse: {} as typeof puller })).rejects.toThrow(TypeError);
  });

  it.each([0, -1, NaN, Infinity, 1.5])('C6: refuse the option jobs with the value %d', (jobs) => {
    expect(() => newPusher({ jobs })).toThrow(TypeError);
  });
});
