import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { get } from '../../src/remote/get.js';
import { image } from '../../src/remote/image.js';
import { type ContentOptions, digestOf, startContent } from '../support/servers/content-server.js';
import { fakeClock } from '../support/tools/fake-clock.js';
import { sendJson, useServers } from '../support/servers/http-server.js';
import { blob, blobText, content, manifest, mirrored, reference } from '../support/servers/mirrored.js';

const servers = useServers();
const other = JSON.stringify({ schemaVersion: 2, annotations: { from: 'elsewhere' } });
const start = (options: ContentOptions = content) => startContent(servers, options);

describe('mirrors', () => {
  const failing: readonly (readonly [string, NonNullable<ContentOptions['instead']>])[] = [
    ['has nothing', (_request, response) => (sendJson(response, 404, {}), true)],
    ['is broken', (_request, response) => (sendJson(response, 503, {}), true)],
    [
      'limits requests',
      (_request, response) => (sendJson(response, 429, {}, { 'retry-after': '7200' }), true),
    ],
    ['wants credentials', (_request, response) => (sendJson(response, 401, {}), true)],
    ['forbids', ({ url }, response) => url !== '/v2/' && (sendJson(response, 403, {}), true)],
    [
      'shows a login page',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('<html>');
        return true;
      },
    ],
    [
      'sends something other than a manifest',
      ({ url }, response) => url !== '/v2/' && (sendJson(response, 200, [1]), true),
    ],
    [
      'sends another manifest',
      ({ url }, response) => url !== '/v2/' && (sendJson(response, 200, JSON.parse(other)), true),
    ],
    ['hangs up', (request) => (request.socket.destroy(), true)],
    [
      'hangs up in the middle',
      ({ url, socket }, response) => {
        if (url === '/v2/') return false;
        response.writeHead(200, { 'content-length': 1000 });
        response.write('{', () => socket.destroy());
        return true;
      },
    ],
    [
      'redirects for ever',
      ({ url }, response) => {
        response.writeHead(302, { location: url });
        response.end();
        return true;
      },
    ],
    [
      'sends no end of a manifest',
      ({ url }, response) => {
        if (url === '/v2/') return false;
        response.writeHead(200);
        const write = (): void => {
          while (!response.destroyed && response.write(Buffer.alloc(1 << 16, 32)));
          if (!response.destroyed) response.once('drain', write);
        };
        write();
        return true;
      },
    ],
  ];

  it.each(failing)('are skipped if one %s', async (_name, instead) => {
    const [registry, mirror] = [await start(), await start({ instead })];
    const options = mirrored(registry.host, { mirrors: [mirror.origin] });
    const found = await get(reference(registry.host, `@${digestOf(manifest)}`), options);
    expect(Buffer.from(found.manifest).toString()).toBe(manifest);
    expect(mirror.seen.length).toBeGreaterThan(0);
    expect(registry.lines()).toEqual([`GET /v2/app/manifests/${digestOf(manifest)}`]);
  });

  it('are skipped if no server listens', async () => {
    const [registry, gone] = [await start(), await start()];
    await gone.close();
    const options = mirrored(registry.host, { mirrors: [gone.origin, 'no-such-host.invalid'] });
    expect((await get(reference(registry.host), options)).digest).toBe(digestOf(manifest));
  });

  it('are not asked for a minute after a failure that concerns more than one object', async () => {
    const registry = await start();
    const mirror = await start({
      ...content,
      instead: (_request, response) => down && (sendJson(response, 500, {}), true),
    });
    let down = true;
    const clock = fakeClock();
    const options = mirrored(registry.host, { mirrors: [mirror.origin] }, { clock });
    await get(reference(registry.host), options);
    await get(reference(registry.host), options);
    expect(mirror.seen).toHaveLength(1);
    down = false;
    clock.time += 60_001;
    await get(reference(registry.host), options);
    expect(mirror.lines()).toEqual(['GET /v2/app/manifests/v1']);
    expect(registry.lines()).toHaveLength(2);
  });

  it('are asked for the next object although they lacked the last one', async () => {
    const [registry, mirror] = [await start(), await start({ blobs: content.blobs })];
    const options = mirrored(registry.host, { mirrors: [mirror.origin] });
    await get(reference(registry.host), options);
    expect(await blobText(digestOf(blob), registry.host, options)).toBe('a blob');
    expect(registry.lines()).toEqual(['GET /v2/app/manifests/v1']);
  });

  it('leave the failure to the registry if no source has the object', async () => {
    const [registry, mirror] = [await start({}), await start({})];
    const options = mirrored(registry.host, { mirrors: [mirror.origin] });
    await expect(get(reference(registry.host), options)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(registry.host),
    });
  });

  it('are skipped if a blob has another length', async () => {
    const config = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf('{}'), size: 2 };
    const described = {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: digestOf(blob),
      size: 6,
    };
    const full = JSON.stringify({ schemaVersion: 2, config, layers: [described] });
    const registry = await start({ manifests: { 'app:v1': full }, blobs: content.blobs });
    const mirror = await start({
      instead: ({ url }, response) => url!.includes('/blobs/') && (response.end('short'), true),
    });
    const options = mirrored(registry.host, { mirrors: [mirror.origin] });
    const [first] = await (await image(reference(registry.host), options)).layers();
    expect(await text(await first!.compressed())).toBe('a blob');
    expect(mirror.lines()).toContain(`GET /v2/app/blobs/${digestOf(blob)}`);
  });

  it('are not asked again after they sent a wrong blob', async () => {
    const registry = await start();
    const mirror = await start({
      instead: ({ url }, response) => url !== '/v2/' && (response.end('wrong!'), true),
    });
    const options = mirrored(registry.host, { mirrors: [mirror.origin] });
    await expect(blobText(digestOf(blob), registry.host, options)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    expect(await blobText(digestOf(blob), registry.host, options)).toBe('a blob');
    expect(mirror.lines()).toHaveLength(1);
  });

  it('are replaced by the registry if they break off in the middle of a blob', async () => {
    const big = Buffer.alloc(300_000, 'x');
    const registry = await start({
      instead: ({ url, headers: { range } }, response) => {
        if (url === '/v2/') return false;
        const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')![1]);
        response.writeHead(206, { 'content-range': `bytes ${from}-${big.length - 1}/${big.length}` });
        response.end(big.subarray(from));
        return true;
      },
    });
    const mirror = await start({
      instead: ({ url, socket }, response) => {
        if (url === '/v2/') return false;
        response.writeHead(200, { 'content-length': big.length });
        response.write(big.subarray(0, 100_000), () => setTimeout(() => socket.destroy(), 50));
        return true;
      },
    });
    const options = mirrored(registry.host, { mirrors: [mirror.origin] });
    expect(await blobText(digestOf(big), registry.host, options)).toHaveLength(big.length);
    expect(mirror.lines()).toHaveLength(1);
    expect(registry.lines()).toHaveLength(1);
  });
});
