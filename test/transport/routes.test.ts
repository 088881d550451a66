import { describe, expect, it } from '@jest/globals';
import { get } from '../../src/remote/get.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { newSession } from '../../src/transport/new-session.js';
import { ping } from '../../src/transport/ping-registry.js';
import type { RegistrySettings } from '../../src/transport/settings/registry-settings.js';
import { type ContentOptions, startContent } from '../support/servers/content-server.js';
import { fakeClock } from '../support/tools/fake-clock.js';
import { useServers } from '../support/servers/http-server.js';
import { content, manifest, reference } from '../support/servers/mirrored.js';
import { openSession } from '../support/servers/session.js';

const servers = useServers();
const other = JSON.stringify({ schemaVersion: 2, annotations: { from: 'elsewhere' } });
const start = (options: ContentOptions = content) => startContent(servers, options);

describe('routes in the settings', () => {
  it('change where a namespace is read, and nothing else', async () => {
    const registry = await start({ manifests: { 'other/app:v1': other } });
    const store = await start({ manifests: { 'copies/app:v1': manifest } });
    const registries = { [`${registry.host}/team`]: { location: `${store.host}/copies` } };
    const options = { client: newGotClient(), clock: fakeClock(), registries };
    await get(reference(registry.host, ':v1', 'team/app'), options);
    await get(reference(registry.host, ':v1', 'other/app'), options);
    expect(store.lines()).toEqual(['GET /v2/copies/app/manifests/v1']);
    expect(registry.lines()).toEqual(['GET /v2/other/app/manifests/v1']);
    await expect(get(reference(registry.host, ':v2', 'team/app'), options)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(registry.lines()).toHaveLength(1);
  });

  it('count only if they are the longest match, by whole segments', async () => {
    const registry = await start({ manifests: { 'team/app:v1': manifest, 'teams:v1': manifest } });
    const registries = {
      [registry.host]: { blocked: true },
      [`${registry.host}/team`]: { blocked: false },
      [`${registry.host}/team/secret`]: { blocked: true },
    };
    const options = { client: newGotClient(), clock: fakeClock(), registries };
    await get(reference(registry.host, ':v1', 'team/app'), options);
    for (const repository of ['teams', 'app', 'team/secret/app', 'team/secret']) {
      await expect(get(reference(registry.host, ':v1', repository), options)).rejects.toMatchObject({
        code: 'REGISTRY_BLOCKED',
        subject: `${registry.host}/${repository}`,
      });
    }
    await expect(ping(reference(registry.host).context().registry, options)).rejects.toMatchObject({
      code: 'REGISTRY_BLOCKED',
    });
    expect(registry.lines()).toHaveLength(1);
  });

  it('can block writes and mirrors, too', async () => {
    const [registry, mirror] = [await start(), await start()];
    const registries = {
      [registry.host]: { mirrors: [mirror.host] },
      [mirror.host]: { blocked: true },
    };
    const options = { client: newGotClient(), clock: fakeClock(), registries };
    await get(reference(registry.host), options);
    expect(mirror.seen).toEqual([]);
    const upload = openSession(mirror.host, options).request({
      method: 'POST',
      target: '/v2/app/blobs/uploads/',
      scopes: [],
      expect: [202],
    });
    await expect(upload).rejects.toMatchObject({ code: 'REGISTRY_BLOCKED' });
    expect(mirror.seen).toEqual([]);
  });

  it('can be for all hosts below a domain', async () => {
    const mirror = await start();
    const options = {
      client: newGotClient(),
      clock: fakeClock(),
      registries: {
        '*.corp.invalid': { mirrors: [mirror.origin] },
        '*.invalid': { blocked: true },
        // This entry is not a route.
        'a.corp.invalid': { headers: { 'x-a': '1' } },
      },
    };
    await get(reference('a.corp.invalid'), options);
    await get(reference('b.a.corp.invalid:5000'), options);
    expect(mirror.lines()).toHaveLength(2);
    await expect(get(reference('corp.invalid'), options)).rejects.toMatchObject({ code: 'REGISTRY_BLOCKED' });
  });

  it.each<[string, Record<string, RegistrySettings>]>([
    ['a key that is not a host', { 'a b': {} }],
    ['a key with a bad path', { 'registry.example/Upper': {} }],
    ['a pattern with a port', { '*.example:5000': { blocked: true } }],
    ['certificates for a namespace', { 'registry.example/team': { ca: 'x' } }],
    ['headers for a pattern', { '*.example': { headers: {} } }],
    ['a header with a line break', { 'registry.example': { headers: { x: 'a\r\ny: b' } } }],
    ['a header without a name', { 'registry.example': { headers: { '': 'a' } } }],
    ['an invalid mirror', { 'registry.example': { mirrors: ['ftp://x'] } }],
    ['a mirror with credentials', { 'registry.example': { mirrors: ['https://user:pass@mirror.example'] } }],
    ['a location with a query', { 'registry.example': { location: 'mirror.example?x' } }],
    ['no requests per second', { 'registry.example': { requestsPerSecond: 0 } }],
    ['half a concurrent request', { 'registry.example': { maxConcurrentRequests: 0.5 } }],
  ])('with %s are refused at once', (_name, registries) => {
    expect(() => newSession(reference('registry.example').context().registry, { registries })).toThrow(
      TypeError,
    );
  });
});
