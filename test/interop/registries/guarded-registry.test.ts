import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newDefaultKeychain } from '../../../src/authn/default-keychain.js';
import { anonymous } from '../../../src/authn/config/anonymous.js';
import { basic } from '../../../src/authn/config/from-config.js';
import * as crane from '../../../src/crane/index.js';
import type { CraneOptions } from '../../../src/crane/names/options.js';
import { AuthError } from '../../../src/errors/service/auth.js';
import { TransportError } from '../../../src/errors/service/transport.js';
import * as random from '../../../src/random/index.js';
import { certificates } from '../../support/servers/certificates.js';
import { type DockerRegistry, startDockerRegistry } from '../../support/programs/docker-registry.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { ISSUER, SERVICE, startTokenIssuer, type TokenIssuer } from './token-issuer.js';

const username = 'alice';
const password = 's3cr:et';
/** The output of `htpasswd -B` for the name and password above. */
const HTPASSWD = `${username}:$2b$05$7hohHV3geOy3sltfhV9qGe7SXnCveTwj27S.O9YMaudo4RhqDS3z6\n`;

const auth = basic({ username, password });
const image = random.image(1000, 2, { seed: 'guarded' });

describeWithPeers("Distribution's registry behind a guard", ['docker-registry', 'skopeo'], (peers) => {
  let dir: string;
  let registry: DockerRegistry;

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'guarded-registry-'));
  });
  afterAll(async () => {
    await rm(dir, { recursive: true, force: true });
  });

  const write = async (name: string, content: string): Promise<string> => {
    await writeFile(path.join(dir, name), content);
    return path.join(dir, name);
  };

  /** Pushes, copies within the registry and pulls, all with the same credentials. */
  const roundTrip = async (options: CraneOptions): Promise<void> => {
    const reference = `${registry.host}/team/app:v1`;
    const mirror = `${registry.host}/mirror/app:v1`;
    await crane.push(image, reference, options);
    await crane.copy(reference, mirror, options);
    expect(await (await crane.pull(mirror, options)).digest()).toBe(await image.digest());
    expect(await crane.listTags(`${registry.host}/team/app`, options)).toEqual(['v1']);
  };

  const refused = async (options: CraneOptions): Promise<Error> => {
    const error: unknown = await crane
      .push(image, `${registry.host}/team/other:v1`, options)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AuthError);
    return error as AuthError;
  };

  /** The output of skopeo for the pushed image. */
  const inspected = async (...flags: readonly string[]): Promise<string> => {
    const reference = `docker://${registry.host}/team/app:v1`;
    return (await peers.skopeo.run(['inspect', ...flags, '--format', '{{.Digest}}', reference])).trim();
  };

  describe('that requires a password', () => {
    beforeAll(async () => {
      const htpasswd = { realm: 'test', path: await write('htpasswd', HTPASSWD) };
      registry = await startDockerRegistry(peers['docker-registry'], { auth: { htpasswd } });
    });
    afterAll(async () => registry.close());

    it('accepts a client with the password', async () => {
      await roundTrip({ auth });
      const digest = await inspected('--tls-verify=false', `--creds=${username}:${password}`);
      expect(digest).toBe(await image.digest());
    });

    it("accepts a client with the password in docker's configuration", async () => {
      const entry = { auth: Buffer.from(`${username}:${password}`).toString('base64') };
      await write('config.json', JSON.stringify({ auths: { [registry.host]: entry } }));
      await roundTrip({ auth: newDefaultKeychain({ env: { DOCKER_CONFIG: dir } }) });
    });

    it('refuses a client with another password or none', async () => {
      const wrong = await refused({ auth: basic({ username, password: 'canary' }) });
      expect(`${wrong.message} ${wrong.stack ?? ''}`).not.toContain('canary');
      await refused({ auth: anonymous });
    });
  });

  describe('that requires a token', () => {
    let issuer: TokenIssuer;

    beforeAll(async () => {
      const { server } = await certificates();
      issuer = await startTokenIssuer(server, `${username}:${password}`);
      const token = {
        realm: issuer.realm,
        service: SERVICE,
        issuer: ISSUER,
        rootcertbundle: await write('bundle.pem', server.cert),
      };
      registry = await startDockerRegistry(peers['docker-registry'], { auth: { token } });
    });
    afterAll(async () => Promise.all([registry.close(), issuer.close()]));

    // The realm is on another port of this host. For credentials that is another origin.
    const trusting = (): CraneOptions => ({ trustedRealms: [new URL(issuer.realm).host] });

    it('accepts a client with a token, which requests no wider scope than it needs', async () => {
      await roundTrip({ auth, ...trusting() });
      expect(
        issuer.scopes.filter((scope) => !/^repository:(team|mirror)\/app:(pull|push,pull)$/.test(scope)),
      ).toEqual([]);
    });

    it('allows an anonymous client to pull', async () => {
      const pulled = await crane.pull(`${registry.host}/team/app:v1`, { auth: anonymous });
      expect(await pulled.digest()).toBe(await image.digest());
    });

    it('refuses a client without the right to push, or with a wrong password', async () => {
      await refused({ auth: anonymous });
      await refused({ auth: basic({ username, password: 'wrong' }), ...trusting() });
    });
  });

  describe('with a certificate of a private authority', () => {
    beforeAll(async () => {
      const { ca, server } = await certificates();
      await write('ca.crt', ca);
      registry = await startDockerRegistry(peers['docker-registry'], {
        tls: {
          certificate: await write('server-cert.pem', server.cert),
          key: await write('server-key.pem', server.key),
        },
      });
    });
    afterAll(async () => registry.close());

    it("is trusted by a client with the authority's certificate", async () => {
      const { ca } = await certificates();
      await roundTrip({ auth: anonymous, registries: { [registry.host]: { ca } } });
      expect(await inspected(`--cert-dir=${dir}`)).toBe(await image.digest());
    });

    it('is not trusted by other clients, unless they skip verification', async () => {
      const error: unknown = await crane
        .digest(`${registry.host}/team/app:v1`, { auth: anonymous })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TransportError);
      expect((error as TransportError).hint).toMatch(/ca|certificate/i);
      const careless = await crane.digest(`${registry.host}/team/app:v1`, {
        auth: anonymous,
        insecure: true,
      });
      expect(careless).toBe(await image.digest());
    });
  });
});
