import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import * as daemon from '../../../src/daemon/index.js';
import { newTag } from '../../../src/name/tag.js';
import { compressedToImage } from '../../../src/partial/compressed-image.js';
import { certificates } from '../../support/servers/certificates.js';
import { type Dockerd, startDockerd } from '../../support/programs/dockerd.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { storedImage } from '../../support/images/stored-image.js';

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describeWithPeers('Docker behind TLS', ['dockerd', 'docker', 'openssl'], ({ dockerd, docker }) => {
  let scratch: string;
  let engine: Dockerd;
  let port: number;
  const at = (...parts: readonly string[]): string => path.join(scratch, ...parts);

  beforeAll(async () => {
    scratch = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    const { ca, server, client } = await certificates();
    await mkdir(at('client'));
    const files = {
      'ca.pem': ca,
      'server.pem': server.cert,
      'server.key': server.key,
      'client/ca.pem': ca,
      'client/cert.pem': client.cert,
      'client/key.pem': client.key,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(at(name), text);
    port = await freePort();
    engine = await startDockerd(dockerd, at('docker'), [
      ...['--host', `tcp://127.0.0.1:${port}`, '--tlsverify', '--tlscacert', at('ca.pem')],
      ...['--tlscert', at('server.pem'), '--tlskey', at('server.key')],
    ]);
  }, 120_000);
  afterAll(async () => {
    await engine.stop();
    await rm(scratch, { recursive: true, force: true });
  }, 60_000);

  it('accepts a client with the certificates in the environment', async () => {
    const host = { DOCKER_HOST: `tcp://127.0.0.1:${port}`, DOCKER_CERT_PATH: at('client') };
    const env = { ...host, DOCKER_TLS_VERIFY: '1' };
    const image = compressedToImage(storedImage());
    const { id } = await daemon.write(newTag('secure:v1'), image, { env });
    expect(id).toBe(await image.configName());
    const read = await daemon.image(newTag('secure:v1'), { env });
    expect(await read.rawConfigFile()).toEqual(await image.rawConfigFile());
    expect(await engine.docker('images', '--quiet', '--no-trunc')).toContain(id);
    await expect(daemon.images({ env: host })).rejects.toMatchObject({
      message: expect.stringContaining('requires TLS') as unknown,
    });
  }, 60_000);

  it('accepts a client with the certificates in a context', async () => {
    const env = { PATH: process.env.PATH, DOCKER_CONFIG: at('config') };
    const tls = ['ca', 'cert', 'key'].map((name) => `${name}=${at('client', `${name}.pem`)}`);
    const endpoint = [`host=tcp://127.0.0.1:${port}`, ...tls].join(',');
    await docker.run(['context', 'create', 'secure', '--docker', endpoint], { env });
    expect(await daemon.images({ env, context: 'secure' })).toBeInstanceOf(Array);
  });

  it('refuses a client without a certificate, and is refused if another authority signed its certificate', async () => {
    const { ca } = await certificates();
    const host = `tcp://127.0.0.1:${port}`;
    await expect(daemon.images({ env: {}, host, tls: { ca } })).rejects.toMatchObject({
      code: 'TRANSPORT',
      hint: expect.stringContaining('tls.cert') as unknown,
    });
    await expect(daemon.images({ env: {}, host, tls: true })).rejects.toMatchObject({
      code: 'TRANSPORT',
      hint: expect.stringContaining('tls.ca') as unknown,
    });
  });
});
