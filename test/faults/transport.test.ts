import { describe, expect, it } from '@jest/globals';
import { parseReference } from '../../src/name/parse-reference.js';
import type { Digest } from '../../src/name/reference.js';
import { compressedToLayer } from '../../src/partial/layers/compressed-layer.js';
import { image as randomImage } from '../../src/random/image.js';
import { newRegistry } from '../../src/registry/registry.js';
import { get } from '../../src/remote/get.js';
import { layer as remoteLayer } from '../../src/remote/layer.js';
import { list } from '../../src/remote/list.js';
import { write } from '../../src/remote/push.js';
import { referrers } from '../../src/remote/referrers.js';
import type { RemoteOptions } from '../../src/remote/connection/options.js';
import { writeLayer } from '../../src/remote/write-layer.js';
import type { ScriptedResponse } from '../../src/testing/server/response.js';
import { faultProxy } from '../../src/testing/faults/fault-proxy.js';
import { scriptedRegistry } from '../../src/testing/scripted-registry.js';
import { truncate } from '../../src/testing/faults/toxic.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import { ociLayer } from '../../src/v1/types.js';
import { chunked } from '../support/archives/chunked.js';
import { useClosing } from '../support/tools/closing.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { noise } from '../support/tools/noise.js';
import { measure } from '../support/tools/read-all.js';

const closing = useClosing();
const options: RemoteOptions = { clock: hurriedClock };

describe('a document whose connection breaks in the middle', () => {
  const cutTwice = async (on: string) =>
    closing(
      scriptedRegistry(
        [
          {
            on,
            times: 2,
            response: async (_request, { pass }): Promise<ScriptedResponse> => ({
              ...(await pass()),
              cut: { after: 20, by: 'reset' },
            }),
          },
        ],
        { behind: newRegistry() },
      ),
    );

  it('T12: is requested again, if it is a manifest', async () => {
    const server = await cutTwice('GET /v2/app/manifests/*');
    const reference = parseReference(`${server.host}/app:v1`);
    const pushed = randomImage(100, 1);
    await write(reference, pushed, options);
    expect((await get(reference, options)).digest).toBe(await pushed.digest());
    server.expectDone();
  });

  it('T12: is requested again, if it lists tags, and no tag comes twice', async () => {
    const tags = Array.from({ length: 50_000 }, (_, at) => `tag-${at}`);
    const body = JSON.stringify({ name: 'app', tags });
    const server = await closing(
      scriptedRegistry([
        { on: 'GET /v2/app/tags/*', response: { body, cut: { after: 300_000 } } },
        { on: 'GET /v2/app/tags/*', response: { body, cut: { after: 100_000, by: 'reset' } } },
        { on: 'GET /v2/app/tags/*', response: { body } },
      ]),
    );
    expect(await list(parseReference(`${server.host}/app`).context(), options)).toEqual(tags);
    server.expectDone();
  });

  it('T12: is requested again, if it lists referrers', async () => {
    const server = await cutTwice('GET /v2/app/referrers/*');
    const reference = parseReference(`${server.host}/app:v1`);
    const pushed = randomImage(100, 1);
    await write(reference, pushed, options);
    const subject = reference.context().digest(await pushed.digest());
    expect((await (await referrers(subject, options)).indexManifest()).manifests).toEqual([]);
    server.expectDone();
  });
});

describe('an upload that starts again', () => {
  it('U14: sends pieces again that the registry had already, however many, without giving up', async () => {
    const content = noise(1_000_000);
    const digest = sha256Bytes(content);
    const layer = compressedToLayer({
      digest: async () => digest,
      size: async () => content.length,
      mediaType: async () => ociLayer,
      compressed: async () => chunked(content),
    });
    const registry = await closing(
      scriptedRegistry([{ on: /^GET .*uploads/, response: { status: 404 } }], { behind: newRegistry() }),
    );
    let sent = 0;
    const proxy = await closing(
      faultProxy(registry, {
        plan: ({ method }) => (method === 'PATCH' && (sent += 1) === 9 ? { up: [truncate(10)] } : undefined),
      }),
    );
    const repository = parseReference(`${proxy.host}/app`).context();
    await writeLayer(repository, layer, { ...options, chunkSize: 100_000 });
    const stored = await remoteLayer(parseReference(`${repository.name()}@${digest}`) as Digest, options);
    expect((await measure(await stored.compressed())).digest).toBe(digest);
    registry.expectDone();
  });
});
