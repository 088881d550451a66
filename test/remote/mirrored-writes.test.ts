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
const referenceTo = (host: string, rest = ':v1') => name.parseReference(`${host}/app${rest}`);

describe('writes to a registry with mirrors', () => {
  it('reach the registry even if a mirror has all of the content', async () => {
    const image = random.image(1000, 2);
    await remote.write(referenceTo(mirror.host), image);
    await remote.write(referenceTo(registry.host), image, options());
    const onRegistry = await remote.image(referenceTo(registry.host));
    expect(await onRegistry.digest()).toBe(await image.digest());
    for (const layer of await onRegistry.layers()) await consume(await layer.compressed());
  });

  it('copy content that only a mirror has', async () => {
    const image = random.image(1000, 2);
    await remote.write(referenceTo(mirror.host), image);
    const remoteOptions = options();
    await remote.write(
      referenceTo(registry.host, ':copy'),
      await remote.image(referenceTo(registry.host), remoteOptions),
      remoteOptions,
    );
    expect(await (await remote.image(referenceTo(registry.host, ':copy'))).digest()).toBe(
      await image.digest(),
    );
  });

  it('delete and tag the content of the registry, not of the mirror', async () => {
    const [image, stale] = [random.image(100, 1), random.image(100, 1)];
    await remote.write(referenceTo(registry.host), image);
    await remote.write(referenceTo(mirror.host), stale);
    const remoteOptions = options();
    expect((await remote.head(referenceTo(registry.host), remoteOptions)).digest).toBe(await stale.digest());
    await remote.delete(referenceTo(registry.host, `@${await image.digest()}`), remoteOptions);
    await expect(remote.head(referenceTo(registry.host))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await remote.head(referenceTo(mirror.host))).digest).toBe(await stale.digest());
  });
});
