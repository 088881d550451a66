import type { IncomingMessage, ServerResponse } from 'node:http';
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { describeError } from '../../../src/cli/context/describe-error.js';
import { nearNames } from '../../../src/cli/context/near-names.js';
import { AuthError } from '../../../src/errors/service/auth.js';
import { TransportError } from '../../../src/errors/service/transport.js';
import { gantry } from '../../support/programs/gantry.js';
import { sendJson, useServers } from '../../support/servers/http-server.js';
import { startRegistry } from '../../support/servers/start-registry.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();
const registry = useRegistry();

const hintOf = async (args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string> => {
  const { stderr } = await gantry(args, env === undefined ? {} : { env });
  const lines = stderr.trim().split('\n');
  expect(lines).toHaveLength(1);
  return lines[0]!.replace(/^Error: [^;]*; /, '');
};

describe('a missing tag', () => {
  const push = async (...tags: readonly string[]): Promise<string> => {
    const app = `${registry.host}/app`;
    for (const tag of tags) await crane.push(crane.image({ a: Buffer.from('a') }), `${app}:${tag}`);
    return app;
  };

  it.each([
    ['v1.2.4', 'did you mean v1.2.3 or v1.3.4?'],
    ['v1', 'did you mean v1.2.3 or v1.3.4?'],
    ['lastest', 'did you mean latest?'],
  ])('%s: the nearest tags are suggested', async (tag, text) => {
    const app = await push('v1.2.3', 'v1.3.4', 'latest', 'other');
    for (const verb of ['digest', 'manifest', 'delete']) {
      expect(await hintOf([verb, `${app}:${tag}`])).toBe(`${text} \`gantry ls ${app}\` lists its tags`);
    }
  });

  it('without a near tag gets the usual hint', async () => {
    const app = await push('v1.2.3');
    expect(await hintOf(['digest', `${app}:nightly`])).toBe(`\`gantry ls ${app}\` lists its tags`);
  });

  it('of a missing repository says that the repository does not exist', async () => {
    const name = `${registry.host}/nope`;
    expect(await hintOf(['digest', `${name}:v1`])).toBe(
      `the registry has no repository ${name}: check its name`,
    );
  });

  it('has the usual hint if the tags cannot be listed', async () => {
    const server = await servers.http((request, response) => {
      if (request.url === '/v2/') response.end();
      else sendJson(response, request.url?.includes('/tags/') === true ? 500 : 404, { errors: [] });
    });
    expect(await hintOf(['digest', `${server.host}/app:v1`])).toBe(
      `\`gantry ls ${server.host}/app\` lists its tags`,
    );
  });
});

describe('a 401', () => {
  const withCredentials = async (host: string): Promise<Readonly<Record<string, string>>> => {
    const auth = Buffer.from('me:wrong').toString('base64');
    await mkdir(temp.path('docker'), { recursive: true });
    await writeFile(temp.path('docker/config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
    return { DOCKER_CONFIG: temp.path('docker'), HOME: temp.path() };
  };

  it('of basic authentication says whether credentials are stored', async () => {
    const guarded = await startRegistry({ auth: { basic: { users: { me: 'right' }, realm: 'test' } } });
    try {
      const { host } = guarded;
      const login = `\`gantry auth login ${host}\``;
      expect(await hintOf(['digest', `${host}/app:v1`])).toBe(
        `log in with ${login}: no credentials are stored for ${host}`,
      );
      expect(await hintOf(['digest', `${host}/app:v1`], await withCredentials(host))).toBe(
        `log in again with ${login}: ${host} does not accept the stored credentials of "me"`,
      );
    } finally {
      await guarded.close();
    }
  });

  it('after a token was issued may mean that the repository does not exist', async () => {
    const { host } = await servers.http((request: IncomingMessage, response: ServerResponse) => {
      if (request.url?.startsWith('/token') === true) {
        sendJson(response, 200, { token: 't' });
        return;
      }
      const challenge = `Bearer realm="http://${request.headers.host!}/token",service="test"`;
      response.setHeader('www-authenticate', challenge);
      sendJson(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] });
    });
    const check = `check the name ${host}/app, which may not exist, or log in`;
    expect(await hintOf(['digest', `${host}/app:v1`])).toBe(
      `${check} with \`gantry auth login ${host}\`: no credentials are stored for ${host}`,
    );
    expect(await hintOf(['digest', `${host}/app:v1`], await withCredentials(host))).toBe(
      `${check} again with \`gantry auth login ${host}\`: ${host} does not accept the stored credentials of "me" for it`,
    );
  });
});

it('a tag that the registry does not delete is named by its digest', async () => {
  const { host } = await servers.http((request, response) => {
    if (request.method !== 'DELETE') response.end();
    else
      sendJson(response, 405, { errors: [{ code: 'UNSUPPORTED', message: 'the operation is unsupported' }] });
  });
  expect(await hintOf(['delete', `${host}/app:v1`])).toBe(
    `many registries delete by digest only, and some delete nothing: \`gantry digest --full-ref ${host}/app:v1\` prints the name to delete, with all of its tags`,
  );
  expect(await hintOf(['delete', `${host}/app@sha256:${'0'.repeat(64)}`])).toBe(
    'the registry may be configured not to delete anything: ask its operator',
  );
});

it.each([
  ['http://', 'leave out http://, and give --insecure'],
  ['https://', 'leave out https://'],
])('a reference that begins with %s', async (scheme, hint) => {
  expect(await hintOf(['digest', `${scheme}r.example/app`])).toBe(hint);
});

describe('a name without a host', () => {
  const url = (repository: string): string => `https://index.docker.io/v2/${repository}/manifests/latest`;
  const refusal = (repository: string): string => {
    const cause = new TransportError('GET: 401', {
      status: 401,
      method: 'GET',
      url: url(repository),
      step: 'request',
    });
    return describeError(new AuthError('401', { cause, hint: 'check the name of the repository' }));
  };

  it('is one of Docker Hub, which a person may not have meant', () => {
    expect(refusal('myhost/image')).toBe(
      'Error: 401; check the name of the repository, which may not exist, or log in with `gantry auth login docker.io`; the name was looked up at Docker Hub: if myhost is a registry, write it with its port, as in myhost:443/image',
    );
  });

  it('of an official image names no host', () => {
    expect(refusal('library/busybox')).not.toContain('looked up');
  });
});

describe('near names', () => {
  it.each([
    ['main', ['mian', 'maine', 'other'], ['maine', 'mian']],
    ['a', ['b', 'abc'], ['b']],
    ['22', ['22.04', '22.10', '20.04', '2'], ['22.04', '22.10', '2']],
    ['x', [], []],
  ])('of %s among %j', (text, names, near) => {
    expect([...nearNames(text, names)].sort()).toEqual([...near].sort());
  });
});
