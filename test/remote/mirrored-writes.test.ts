import { buffer as consume } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { name, random, remote } from 'containerregistry';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';

let registry: StartedRegistry;
let mirror: StartedRegistry;
beforeEach(async () => {
  [registry, mirror] = await Promise.all([startRegistry(), startRegistry()]);
});
afterEach(async () => {
  await Promise.all([registry.close(), mirror.close()]);
});

const options = () => ({
  client: newGotClient(),
  registries: { [registry.host]: { mirrors: [`http://${mirror.host}`] } },
});
const at = (host: string, rest = ':v1') => name.parseReference(`${host}/app${rest}`);

describe('writes to a registry with mirrors', () => {
  it('reach the registry even if a mirror has all of the content', async () => {
    const image = random.image(1000, 2);
    await remote.write(at(mirror.host), image);
    await remote.write(at(registry.host), image, options());
    const there = await remote.image(at(registry.host));
    expect(await there.digest()).toBe(await image.digest());
    for (const layer of await there.layers()) await consume(await layer.compressed());
  });

  it('copy content that only a mirror has', async () => {
    const image = random.image(1000, 2);
    await remote.write(at(mirror.host), image);
    const asked = options();
    await remote.write(at(registry.host, ':copy'), await remote.image(at(registry.host), asked), asked);
    expect(await (await remote.image(at(registry.host, ':copy'))).digest()).toBe(await image.digest());
  });

  it('delete and tag the content of the registry, not of the mirror', async () => {
    const [image, stale] = [random.image(100, 1), random.image(100, 1)];
    await remote.write(at(registry.host), image);
    await remote.write(at(mirror.host), stale);
    const asked = options();
    expect((await remote.head(at(registry.host), asked)).digest).toBe(await stale.digest());
    await remote.delete(at(registry.host, `@${await image.digest()}`), asked);
    await expect(remote.head(at(registry.host))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await remote.head(at(mirror.host))).digest).toBe(await stale.digest());
  });
});
