import type { IncomingMessage, RequestListener } from 'node:http';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as daemon from '../../src/daemon/index.js';
import { appendLayers } from '../../src/mutate/append.js';
import { newTag } from '../../src/name/tag.js';
import * as random from '../../src/random/index.js';
import { imageFromPath } from '../../src/tarball/image.js';
import type { ProgressEvent } from '../../src/v1/progress.js';
import type { Image } from '../../src/v1/image.js';
import { bodyOf } from '../support/servers/http-server.js';
import { eventually } from '../support/tools/open-handles.js';
import { oneShotLayer } from '../support/images/one-shot-layer.js';
import {
  type Routes,
  reply,
  type ScriptedDaemon,
  useScriptedDaemons,
} from '../support/servers/scripted-daemon.js';
import { someHash, storedImage } from '../support/images/stored-image.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { writeFile } from 'node:fs/promises';

const temp = useTempDir();
const start = useScriptedDaemons();
const app = newTag('app:v1');

const LOAD = 'POST /images/load';
const loaded = { stream: 'Loaded image: app:v1\n' };
const absent = reply({ message: 'No such image' }, 404);

let image: Image;
let id: string;
beforeAll(async () => {
  image = compressedToImage(storedImage());
  id = await image.configName();
});

/** A daemon that does not have the image until it is loaded. */
const startWithoutImage = async (load: RequestListener, more: Routes = {}): Promise<ScriptedDaemon> => {
  let isLoaded = false;
  return start({
    [LOAD]: (request, response) => {
      isLoaded = true;
      load(request, response);
    },
    'GET /images/app:v1/json': (request, response) => {
      (isLoaded ? reply({ Id: id, RepoTags: ['app:v1'] }) : absent)(request, response);
    },
    ...more,
  });
};
/** Responds after it has read the whole body of the request. */
const respondAfterBody =
  (
    value: unknown,
    status = 200,
    keep: (request: IncomingMessage, body: Buffer) => void = () => undefined,
  ): RequestListener =>
  (request, response) => {
    void bodyOf(request).then(
      (body) => {
        keep(request, body);
        reply(value, status)(request, response);
      },
      () => undefined,
    );
  };
const write = async (host: string, options: daemon.WriteOptions = {}) =>
  daemon.write(app, image, { env: {}, host, ...options });

describe('daemon.write', () => {
  it('sends an archive with a content-length', async () => {
    let sent: Uint8Array = new Uint8Array();
    let length: string | undefined;
    const keep = (request: IncomingMessage, body: Buffer): void => {
      sent = body;
      length = request.headers['content-length'];
    };
    const { host, requests } = await startWithoutImage(respondAfterBody(loaded, 200, keep));
    expect(await write(host)).toEqual({ id, existing: false, output: 'Loaded image: app:v1' });
    expect(requests).toEqual([
      `GET /v1.41/images/${id}/json`,
      'POST /v1.41/images/load?quiet=1',
      'GET /v1.41/images/app:v1/json',
    ]);
    expect(length).toBe(String(sent.byteLength));
    await writeFile(temp.path('sent.tar'), sent);
    const received = await imageFromPath(temp.path('sent.tar'), { tag: app });
    // Daemons that keep manifests get the image's own.
    expect(await received.digest()).toBe(await image.digest());
  });

  it('sends nothing if the daemon has the image, but adds the tag', async () => {
    const has = (tags: readonly string[]): Routes => ({
      [`GET /images/${id}/json`]: reply({ Id: id, RepoTags: tags }),
      [`POST /images/${id}/tag`]: reply('', 201),
    });
    const other = await start(has(['other:v1']));
    expect(await write(other.host)).toEqual({ id, existing: true, output: '' });
    expect(other.requests.at(-1)).toBe(`POST /v1.41/images/${id}/tag?repo=app&tag=v1`);
    for (const spelling of ['app:v1', 'docker.io/library/app:v1', 'localhost/app:v1']) {
      const same = await start(has([spelling]));
      await write(same.host);
      expect(same.requests).toHaveLength(1);
    }
  });

  it('finds an image in containerd by the digest of its manifest', async () => {
    const digest = await image.digest();
    const found = { Id: digest, RepoTags: ['app:v1'], Descriptor: { digest } };
    const routes = { [`GET /images/${digest}/json`]: reply(found) };
    const { host, requests } = await start(routes, { apiVersion: '1.48' });
    expect(await write(host)).toEqual({ id: digest, existing: true, output: '' });
    expect(requests).toHaveLength(2);
  });

  it.each([
    ['gives the image another tag', {}],
    ['leaves the tag with another image', { 'GET /images/app:v1/json': reply({ Id: someHash('f') }) }],
  ])('D6: sets the tag itself if the daemon %s', async (_what, more) => {
    let isLoaded = false;
    const { host, requests } = await start({
      [LOAD]: (request, response) => {
        isLoaded = true;
        respondAfterBody(loaded)(request, response);
      },
      [`GET /images/${id}/json`]: (request, response) => {
        (isLoaded ? reply({ Id: id, RepoTags: ['localhost/v1:latest'] }) : absent)(request, response);
      },
      [`POST /images/${id}/tag`]: reply('', 201),
      ...more,
    });
    expect(await write(host)).toMatchObject({ id, existing: false });
    expect(requests.at(-1)).toBe(`POST /v1.41/images/${id}/tag?repo=app&tag=v1`);
  });

  it('reads a one-shot layer only once', async () => {
    const grown = appendLayers(image, [oneShotLayer(tarOf(['more', '1']))]);
    const { host } = await startWithoutImage(respondAfterBody(loaded), {
      'GET /images/app:v1/json': (request, response) => {
        void grown.configName().then((name) => {
          reply({ Id: name })(request, response);
        });
      },
    });
    expect(await daemon.write(app, grown, { env: {}, host })).toMatchObject({ id: await grown.configName() });
  });

  it('reports the progress of each blob', async () => {
    const events: ProgressEvent[] = [];
    const { host } = await startWithoutImage(respondAfterBody(loaded));
    await write(host, { onProgress: (event) => events.push(event) });
    const layers = await image.layers();
    const done = events.filter(({ state }) => state === 'done').map(({ kind }) => kind);
    expect(done).toEqual([...layers.map(() => 'blob'), 'blob', 'manifest']);
    expect(new Set(events.map(({ sink, target }) => `${sink} ${target}`))).toEqual(
      new Set([`daemon ${app.name()}`]),
    );
  });
});

describe('daemon.write to a daemon that does not accept the image', () => {
  const failure = { errorDetail: { message: 'no space left on device' }, error: 'no space left on device' };

  it.each([
    [
      'in the last line',
      `${JSON.stringify(loaded)}\n${JSON.stringify(failure)}\n`,
      'no space left on device',
    ],
    ['with details', failure, 'no space left on device'],
    ['without details', { error: 'broken' }, 'broken'],
    ['without a reason', { errorDetail: {} }, 'the daemon gives no reason'],
  ])('D3: fails if a response with status 200 reports an error %s', async (_where, response, reason) => {
    const { host } = await startWithoutImage(respondAfterBody(response));
    await expect(write(host)).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: `load image app:v1: ${reason} (${host})`,
    });
  });

  it('D3: fails if the status reports an error', async () => {
    const { host } = await startWithoutImage(
      respondAfterBody({ cause: 'x', message: 'payload is no archive', response: 500 }, 500),
    );
    await expect(write(host)).rejects.toMatchObject({
      code: 'TRANSPORT',
      status: 500,
      message: `load image app:v1: payload is no archive (${host})`,
    });
  });

  it('D3: fails if the daemon reports success but does not have the image', async () => {
    const { host } = await startWithoutImage(respondAfterBody(loaded), { 'GET /images/app:v1/json': absent });
    await expect(write(host)).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: `load image app:v1: ${host} reported success, but does not have the image`,
    });
  });

  it.each([
    ['by its status', 500],
    ['in a response with status 200', 200],
  ])(
    'D3: fails if the daemon reports an error %s before it has read the whole body',
    async (_how, status) => {
      const large = random.image(20_000_000, 1, { seed: 'large' });
      let resume = (): void => undefined;
      const { host, open } = await startWithoutImage((request, response) => {
        request.once('data', () => {
          request.pause();
          resume = () => {
            request.resume();
          };
          const body = JSON.stringify(status === 200 ? failure : { message: failure.error });
          // Go's server also keeps the connection open for a while, so that the client can read the response.
          response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).write(body);
        });
      });
      await expect(daemon.write(app, large, { env: {}, host })).rejects.toMatchObject({
        code: 'TRANSPORT',
        message: `load image app:v1: ${failure.error} (${host})`,
      });
      // The server notices that the connection is closed when it continues reading.
      resume();
      expect(await eventually(() => open() === 0)).toBe(true);
    },
  );

  it('D3: fails if the daemon closes the connection', async () => {
    const large = random.image(20_000_000, 1, { seed: 'large' });
    const { host } = await startWithoutImage((request) => {
      request.once('data', () => request.socket.destroy());
    });
    await expect(daemon.write(app, large, { env: {}, host })).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: `load image app:v1: ${host}: the connection was closed in the middle`,
    });
  });

  it('ends at an abort, and closes its connection', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const { host, open } = await startWithoutImage((request) => {
      request.once('data', () => {
        controller.abort(reason);
      });
    });
    const large = random.image(20_000_000, 1, { seed: 'large' });
    const writing = daemon.write(app, large, { env: {}, host, signal: controller.signal });
    await expect(writing).rejects.toBe(reason);
    expect(await eventually(() => open() === 0)).toBe(true);
  });

  it('closes the connection before the end of the body if a layer cannot be read', async () => {
    const broken = compressedToImage({
      ...storedImage(),
      layerByDigest: async (digest, { size, mediaType }) => ({
        digest: async () => digest,
        size: async () => size,
        mediaType: async () => mediaType,
        compressed: async () => Promise.reject(new Error('lost')),
      }),
    });
    let isComplete = false;
    const { host, open } = await startWithoutImage(respondAfterBody(loaded, 200, () => (isComplete = true)));
    await expect(daemon.write(app, broken, { env: {}, host })).rejects.toThrow('lost');
    expect(await eventually(() => open() === 0)).toBe(true);
    expect(isComplete).toBe(false);
  });

  it('succeeds if the daemon reports success before it has read the whole body', async () => {
    const large = random.image(20_000_000, 1, { seed: 'large' });
    let resume = (): void => undefined;
    const { host, open } = await startWithoutImage(
      (request, response) => {
        request.once('data', () => {
          request.pause();
          resume = () => {
            request.resume();
          };
          const body = JSON.stringify(loaded);
          response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).write(body);
        });
      },
      { 'GET /images/app:v1/json': reply({ Id: await large.configName() }) },
    );
    expect(await daemon.write(app, large, { env: {}, host })).toMatchObject({
      output: 'Loaded image: app:v1',
    });
    resume();
    expect(await eventually(() => open() === 0)).toBe(true);
  });
});
