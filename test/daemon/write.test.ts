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
  says,
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
const absent = says({ message: 'No such image' }, 404);

let image: Image;
let id: string;
beforeAll(async () => {
  image = compressedToImage(storedImage());
  id = await image.configName();
});

/** A daemon that lacks the image, until it was given it. */
const taking = async (load: RequestListener, more: Routes = {}): Promise<ScriptedDaemon> => {
  let taken = false;
  return start({
    [LOAD]: (request, response) => {
      taken = true;
      load(request, response);
    },
    'GET /images/app:v1/json': (request, response) => {
      (taken ? says({ Id: id, RepoTags: ['app:v1'] }) : absent)(request, response);
    },
    ...more,
  });
};
/** Answers when it has read all. */
const afterwards =
  (
    value: unknown,
    status = 200,
    keep: (request: IncomingMessage, body: Buffer) => void = () => undefined,
  ): RequestListener =>
  (request, response) => {
    void bodyOf(request).then(
      (body) => {
        keep(request, body);
        says(value, status)(request, response);
      },
      () => undefined,
    );
  };
const write = async (host: string, options: daemon.WriteOptions = {}) =>
  daemon.write(app, image, { env: {}, host, ...options });

describe('writing to a daemon', () => {
  it('sends an archive of known size', async () => {
    let sent: Uint8Array = new Uint8Array();
    let length: string | undefined;
    const keep = (request: IncomingMessage, body: Buffer): void => {
      sent = body;
      length = request.headers['content-length'];
    };
    const { host, requests } = await taking(afterwards(loaded, 200, keep));
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

  it('sends nothing that the daemon has, but sets the tag', async () => {
    const has = (tags: readonly string[]): Routes => ({
      [`GET /images/${id}/json`]: says({ Id: id, RepoTags: tags }),
      [`POST /images/${id}/tag`]: says('', 201),
    });
    const other = await start(has(['other:v1']));
    expect(await write(other.host)).toEqual({ id, existing: true, output: '' });
    expect(other.requests.at(-1)).toBe(`POST /v1.41/images/${id}/tag?repo=app&tag=v1`);
    for (const spelled of ['app:v1', 'docker.io/library/app:v1', 'localhost/app:v1']) {
      const same = await start(has([spelled]));
      await write(same.host);
      expect(same.requests).toHaveLength(1);
    }
  });

  it('finds an image by its manifest where containerd keeps it', async () => {
    const digest = await image.digest();
    const { host, requests } = await start(
      { [`GET /images/${digest}/json`]: says({ Id: digest, RepoTags: ['app:v1'], Descriptor: { digest } }) },
      { apiVersion: '1.48' },
    );
    expect(await write(host)).toEqual({ id: digest, existing: true, output: '' });
    expect(requests).toHaveLength(2);
  });

  it.each([
    ['another tag', {}],
    ['its tag left with another image', { 'GET /images/app:v1/json': says({ Id: someHash('f') }) }],
  ])('D6: sets the tag of what came to have %s', async (_what, more) => {
    let given = false;
    const { host, requests } = await start({
      [LOAD]: (request, response) => {
        given = true;
        afterwards(loaded)(request, response);
      },
      [`GET /images/${id}/json`]: (request, response) => {
        (given ? says({ Id: id, RepoTags: ['localhost/v1:latest'] }) : absent)(request, response);
      },
      [`POST /images/${id}/tag`]: says('', 201),
      ...more,
    });
    expect(await write(host)).toMatchObject({ id, existing: false });
    expect(requests.at(-1)).toBe(`POST /v1.41/images/${id}/tag?repo=app&tag=v1`);
  });

  it('reads a one-shot layer once, and sends it', async () => {
    const grown = appendLayers(image, [oneShotLayer(tarOf(['more', '1']))]);
    const { host } = await taking(afterwards(loaded), {
      'GET /images/app:v1/json': (request, response) => {
        void grown.configName().then((name) => {
          says({ Id: name })(request, response);
        });
      },
    });
    expect(await daemon.write(app, grown, { env: {}, host })).toMatchObject({ id: await grown.configName() });
  });

  it('reports the blobs on their way', async () => {
    const events: ProgressEvent[] = [];
    const { host } = await taking(afterwards(loaded));
    await write(host, { onProgress: (event) => events.push(event) });
    const layers = await image.layers();
    const done = events.filter(({ state }) => state === 'done').map(({ kind }) => kind);
    expect(done).toEqual([...layers.map(() => 'blob'), 'blob', 'manifest']);
    expect(new Set(events.map(({ sink, target }) => `${sink} ${target}`))).toEqual(
      new Set([`daemon ${app.name()}`]),
    );
  });
});

describe('a daemon that does not take an image', () => {
  const said = { errorDetail: { message: 'no space left on device' }, error: 'no space left on device' };

  it.each([
    ['in its last line', `${JSON.stringify(loaded)}\n${JSON.stringify(said)}\n`, 'no space left on device'],
    ['in detail', said, 'no space left on device'],
    ['shortly', { error: 'broken' }, 'broken'],
    ['without a reason', { errorDetail: {} }, 'it gives no reason'],
  ])('D3: may say so %s of an answer that says yes', async (_where, response, reason) => {
    const { host } = await taking(afterwards(response));
    await expect(write(host)).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: `load image app:v1: ${reason} (${host})`,
    });
  });

  it('D3: may say so by its status', async () => {
    const { host } = await taking(
      afterwards({ cause: 'x', message: 'payload is no archive', response: 500 }, 500),
    );
    await expect(write(host)).rejects.toMatchObject({
      code: 'TRANSPORT',
      status: 500,
      message: `load image app:v1: payload is no archive (${host})`,
    });
  });

  it('D3: may say yes and not have it', async () => {
    const { host } = await taking(afterwards(loaded), { 'GET /images/app:v1/json': absent });
    await expect(write(host)).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: `load image app:v1: ${host} says yes, and does not have it`,
    });
  });

  it.each([
    ['by its status', 500],
    ['in an answer that says yes', 200],
  ])('D3: may say so %s before it has read all', async (_how, status) => {
    const large = random.image(20_000_000, 1, { seed: 'large' });
    let resume = (): void => undefined;
    const { host, open } = await taking((request, response) => {
      request.once('data', () => {
        request.pause();
        resume = () => {
          request.resume();
        };
        const body = JSON.stringify(status === 200 ? said : { message: said.error });
        // Go's server leaves the connection open for a while, too, so that the answer is seen.
        response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).write(body);
      });
    });
    await expect(daemon.write(app, large, { env: {}, host })).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: `load image app:v1: ${said.error} (${host})`,
    });
    // It notices that the connection is gone when it reads on.
    resume();
    expect(await eventually(() => open() === 0)).toBe(true);
  });

  it('D3: may close the connection', async () => {
    const large = random.image(20_000_000, 1, { seed: 'large' });
    const { host } = await taking((request) => {
      request.once('data', () => request.socket.destroy());
    });
    await expect(daemon.write(app, large, { env: {}, host })).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: `load image app:v1: ${host}: the connection was closed in the middle`,
    });
  });

  it('is left alone by an abort, and keeps no connection', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const { host, open } = await taking((request) => {
      request.once('data', () => {
        controller.abort(reason);
      });
    });
    const large = random.image(20_000_000, 1, { seed: 'large' });
    const writing = daemon.write(app, large, { env: {}, host, signal: controller.signal });
    await expect(writing).rejects.toBe(reason);
    expect(await eventually(() => open() === 0)).toBe(true);
  });

  it('is told nothing more when a layer cannot be read', async () => {
    const broken = compressedToImage({
      ...storedImage(),
      layerByDigest: async (digest, { size, mediaType }) => ({
        digest: async () => digest,
        size: async () => size,
        mediaType: async () => mediaType,
        compressed: async () => Promise.reject(new Error('lost')),
      }),
    });
    let whole = false;
    const { host, open } = await taking(afterwards(loaded, 200, () => (whole = true)));
    await expect(daemon.write(app, broken, { env: {}, host })).rejects.toThrow('lost');
    expect(await eventually(() => open() === 0)).toBe(true);
    expect(whole).toBe(false);
  });

  it('may be content without having read all', async () => {
    const large = random.image(20_000_000, 1, { seed: 'large' });
    let resume = (): void => undefined;
    const { host, open } = await taking(
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
      { 'GET /images/app:v1/json': says({ Id: await large.configName() }) },
    );
    expect(await daemon.write(app, large, { env: {}, host })).toMatchObject({
      output: 'Loaded image: app:v1',
    });
    resume();
    expect(await eventually(() => open() === 0)).toBe(true);
  });
});
