import { describe, expect, it } from '@jest/globals';
import { anonymous } from '../../src/authn/config/anonymous.js';
import type { Keychain } from '../../src/authn/config/authenticator.js';
import { newRepository } from '../../src/name/repository.js';
import { get } from '../../src/remote/get.js';
import { head } from '../../src/remote/head.js';
import { list } from '../../src/remote/list.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { newSession } from '../../src/transport/new-session.js';
import { type ContentOptions, digestOf, startContent } from '../support/servers/content-server.js';
import { fakeClock } from '../support/tools/fake-clock.js';
import { sendJson, useServers } from '../support/servers/http-server.js';
import { blob, blobText, content, manifest, mirrored, reference } from '../support/servers/mirrored.js';
import { authOf, CANARY_BASIC, canaryUser } from '../support/servers/session.js';

const servers = useServers();
const start = (options: ContentOptions = content) => startContent(servers, options);

describe('mirrors', () => {
  it('serve reads in place of the registry, which is not even pinged', async () => {
    const [registry, mirror] = [await start(), await start()];
    const options = mirrored(registry.host, { mirrors: [mirror.origin] });
    expect((await get(reference(registry.host), options)).digest).toBe(digestOf(manifest));
    expect((await head(reference(registry.host), options)).digest).toBe(digestOf(manifest));
    expect(await blobText(digestOf(blob), registry.host, options)).toBe('a blob');
    expect(registry.seen).toEqual([]);
    expect(mirror.lines()).toEqual([
      'GET /v2/app/manifests/v1',
      'HEAD /v2/app/manifests/v1',
      `GET /v2/app/blobs/${digestOf(blob)}`,
    ]);
  });

  it('are asked in order, with their own prefixes', async () => {
    const prefixed = await start({ manifests: { 'hub/proxy/app:v1': manifest } });
    const [registry, empty] = [await start(), await start({})];
    const options = mirrored(registry.host, { mirrors: [`${empty.host}/`, `${prefixed.host}/hub/proxy`] });
    await get(reference(registry.host), options);
    expect(empty.lines()).toEqual(['GET /v2/app/manifests/v1']);
    expect(prefixed.lines()).toEqual(['GET /v2/hub/proxy/app/manifests/v1']);
    expect(registry.seen).toEqual([]);
  });

  it('with `digest-only` are asked for digests and blobs only', async () => {
    const registry = await start();
    const mirror = await start();
    const options = mirrored(registry.host, { mirrors: [mirror.origin], mirrorByDigestOnly: true });
    await get(reference(registry.host), options);
    expect(mirror.seen).toEqual([]);
    await get(reference(registry.host, `@${digestOf(manifest)}`), options);
    await blobText(digestOf(blob), registry.host, options);
    expect(mirror.lines()).toHaveLength(2);
    expect(registry.lines()).toEqual(['GET /v2/app/manifests/v1']);
  });

  it('with `tag-only` are asked for tags only', async () => {
    const [registry, mirror] = [await start(), await start()];
    const options = mirrored(registry.host, { mirrors: [{ location: mirror.host, pull: 'tag-only' }] });
    await get(reference(registry.host), options);
    await get(reference(registry.host, `@${digestOf(manifest)}`), options);
    expect(mirror.lines()).toEqual(['GET /v2/app/manifests/v1']);
    expect(registry.lines()).toEqual([`GET /v2/app/manifests/${digestOf(manifest)}`]);
  });

  it('never get writes, reads that prepare a write, lists, or URLs that a server chose', async () => {
    const registry = await start({
      ...content,
      instead: ({ url = '', method }, response) => {
        if (url.startsWith('/v2/app/tags/list')) sendJson(response, 200, { name: 'app', tags: ['v1'] });
        else if (method === 'PUT' || url === '/elsewhere') response.end();
        else return false;
        return true;
      },
    });
    const mirror = await start();
    const options = mirrored(registry.host, { mirrors: [mirror.origin] });
    expect(await list(newRepository(`${registry.host}/app`), options)).toEqual(['v1']);
    const session = newSession(reference(registry.host).context().registry, options);
    const push = ['repository:app:push,pull'];
    const pull = ['repository:app:pull'];
    const path = '/v2/app/manifests/v1';
    const ok = { expect: [200] };
    await session.request({ method: 'PUT', target: path, scopes: push, ...ok });
    await session.request({ method: 'HEAD', target: path, scopes: push, ...ok });
    await session.direct!.request({ method: 'GET', target: path, scopes: pull, ...ok });
    await session.request({
      method: 'GET',
      target: new URL('/elsewhere', registry.origin),
      scopes: pull,
      ...ok,
    });
    expect(mirror.seen).toEqual([]);
    expect(registry.lines()).toHaveLength(5);
  });

  it('are not followed by the next source after an abort', async () => {
    const controller = new AbortController();
    const registry = await start();
    const mirror = await start({ instead: () => (controller.abort(new Error('enough')), true) });
    const options = mirrored(registry.host, { mirrors: [mirror.origin] });
    const session = newSession(reference(registry.host).context().registry, options);
    const request = session.request({
      method: 'GET',
      target: '/v2/app/manifests/v1',
      scopes: ['repository:app:pull'],
      expect: [200],
      signal: controller.signal,
    });
    await expect(request).rejects.toThrow('enough');
    expect(registry.seen).toEqual([]);
  });
});

describe('credentials and headers', () => {
  /** Responds to every request with a challenge. */
  const closed: ContentOptions['instead'] = ({ headers }, response) => {
    if (headers.authorization !== undefined) return false;
    sendJson(response, 401, {}, { 'www-authenticate': 'Basic realm="x"' });
    return true;
  };

  it('are never sent from a registry to its mirrors or back', async () => {
    const registry = await start({ ...content, instead: closed });
    const mirror = await start({ instead: closed });
    const options: string[] = [];
    const auth: Keychain = {
      resolve: async (resource) => {
        options.push(resource.name());
        const mine = resource.registryStr() === registry.host ? canaryUser : undefined;
        const its = resource.registryStr() === mirror.host && authOf({ username: 'm', password: 'mirror' });
        return Promise.resolve(mine ?? (its || anonymous));
      },
    };
    await get(reference(registry.host), {
      client: newGotClient(),
      clock: fakeClock(),
      auth,
      registries: {
        [registry.host]: { mirrors: [`${mirror.host}/hub`], headers: { 'x-registry': 'r' } },
        [mirror.host]: { headers: { 'x-mirror': 'm' } },
      },
    });
    const sent = (server: typeof mirror) => new Set(server.seen.map(({ headers }) => headers.authorization));
    const basic = `Basic ${Buffer.from('m:mirror').toString('base64')}`;
    expect(sent(mirror)).toEqual(new Set([undefined, basic]));
    expect(sent(registry)).toEqual(new Set([undefined, CANARY_BASIC]));
    expect(options).toEqual(expect.arrayContaining([`${registry.host}/app`, `${mirror.host}/hub/app`]));
    for (const { headers } of mirror.seen)
      expect([headers['x-registry'], headers['x-mirror']]).toEqual([undefined, 'm']);
    for (const { headers } of registry.seen)
      expect([headers['x-registry'], headers['x-mirror']]).toEqual(['r', undefined]);
  });

  it('that are fixed are sent to the registry only', async () => {
    const registry = await start({ ...content, instead: closed });
    const mirror = await start({ instead: closed });
    const options = mirrored(registry.host, { mirrors: [mirror.origin] }, { auth: canaryUser });
    await get(reference(registry.host), options);
    expect(JSON.stringify(mirror.seen)).not.toContain(CANARY_BASIC);
    expect(JSON.stringify(registry.seen)).toContain(CANARY_BASIC);
  });
});
