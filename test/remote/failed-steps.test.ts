import { describe, expect, it } from '@jest/globals';
import type { RequestListener } from 'node:http';
import { newRegistry } from '../../src/name/registry.js';
import { newRepository } from '../../src/name/repository.js';
import { parseReference } from '../../src/name/parse-reference.js';
import type { Digest } from '../../src/name/reference.js';
import { catalog, catalogPage } from '../../src/remote/catalog.js';
import { deleteManifest } from '../../src/remote/delete.js';
import { get } from '../../src/remote/get.js';
import { head } from '../../src/remote/head.js';
import { layer } from '../../src/remote/layer.js';
import { list } from '../../src/remote/list.js';
import type { RemoteOptions } from '../../src/remote/connection/options.js';
import { referrers } from '../../src/remote/referrers.js';
import { gantry } from '../support/programs/gantry.js';
import { sendJson, useServers } from '../support/servers/http-server.js';

const servers = useServers();
const DIGEST = `sha256:${'a'.repeat(64)}`;

/** Every read that turns a status of the registry into a result of its own. */
const reads: Readonly<Record<string, (host: string, options: RemoteOptions) => Promise<unknown>>> = {
  head: async (host, options) => head(parseReference(`${host}/app:v1`), options),
  get: async (host, options) => get(parseReference(`${host}/app:v1`), options),
  list: async (host, options) => list(newRepository(`${host}/app`), options),
  catalog: async (host, options) => catalog(newRegistry(host), options),
  catalogPage: async (host, options) => catalogPage(newRegistry(host), '', 5, options),
  referrers: async (host, options) => referrers(parseReference(`${host}/app@${DIGEST}`) as Digest, options),
  delete: async (host, options) => deleteManifest(parseReference(`${host}/app:v1`), options),
  blob: async (host, options) =>
    (await layer(parseReference(`${host}/app@${DIGEST}`) as Digest, options)).compressed(),
};
const once: RemoteOptions = { retry: { attempts: 1 } };

/** A registry that wants tokens of a token server which always fails. */
const withoutTokens =
  (status: number): RequestListener =>
  (request, response) => {
    if (request.url?.startsWith('/token') === true) {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<html>nothing here</html>');
      return;
    }
    const realm = `http://${request.headers.host ?? ''}/token`;
    response.setHeader('www-authenticate', `Bearer realm="${realm}",service="s"`);
    sendJson(response, 401, { errors: [{ code: 'UNAUTHORIZED', message: 'authentication required' }] });
  };

describe('a failure before the request', () => {
  it.each([400, 403, 404, 405, 406, 410, 501])(
    'N1: of the token server (%d) is never the result of a read',
    async (status) => {
      const { host } = await servers.http(withoutTokens(status));
      for (const [name, read] of Object.entries(reads)) {
        const outcome = await read(host, once).then(
          (value) => ({ name, value }),
          (error: unknown) => ({ name, error }),
        );
        expect(outcome).toMatchObject({
          name,
          error: {
            code: 'AUTH',
            message: expect.stringContaining(`GET http://${host}/token`),
            cause: { step: 'token', status },
          },
        });
      }
    },
  );

  it.each([404, 405, 501])('N1: of the ping (%d) is never the result of a read', async (status) => {
    const { host } = await servers.http((_request, response) =>
      response.writeHead(status).end('no such page'),
    );
    for (const [name, read] of Object.entries(reads)) {
      const outcome = await read(host, once).then(
        (value) => ({ name, value }),
        (error: unknown) => ({ name, error }),
      );
      expect(outcome).toMatchObject({
        name,
        error: {
          code: 'TRANSPORT',
          message: expect.stringContaining(`GET http://${host}/v2/: not a registry`),
          step: 'ping',
          status,
        },
      });
    }
  });

  it('N1: gives gantry its own exit code, and not that of "not found"', async () => {
    const tokens = await servers.http(withoutTokens(404));
    const refusing = await servers.http(withoutTokens(401));
    const none = await servers.http((_request, response) => response.writeHead(404).end());
    for (const verb of ['digest', 'manifest', 'ls', 'catalog', 'delete']) {
      const name = (host: string): string =>
        verb === 'catalog' ? host : verb === 'ls' ? `${host}/app` : `${host}/app:v1`;
      const failed = await gantry([verb, name(tokens.host)]);
      expect({ verb, ...failed }).toMatchObject({ verb, code: 4 });
      expect(failed.stderr).toContain(`ask the operator of ${tokens.host}`);
      const refused = await gantry([verb, name(refusing.host)]);
      expect({ verb, ...refused }).toMatchObject({ verb, code: 4 });
      expect(refused.stderr).toContain(`log in with \`gantry auth login ${refusing.host}\``);
      expect({ verb, ...(await gantry([verb, name(none.host)])) }).toMatchObject({ verb, code: 5 });
    }
  });
});

describe('a failure after a redirect', () => {
  /** A registry that redirects everything but the ping. */
  const redirecting =
    (location: (path: string) => string): RequestListener =>
    (request, response) => {
      if (request.url === '/v2/') response.end('{}');
      else response.writeHead(307, { location: location(request.url ?? '') }).end();
    };

  it.each([403, 404])(
    'N2: names the storage that responds with %d, and is not the response of the registry',
    async (status) => {
      const storage = await servers.http((_request, response) => response.writeHead(status).end('<Error/>'), {
        address: '127.0.0.2',
      });
      const { host } = await servers.http(redirecting(() => `${storage.origin}/bucket/object?sig=1`));
      for (const name of ['get', 'list', 'referrers', 'blob']) {
        await expect(reads[name]?.(host, once)).rejects.toMatchObject({
          code: 'TRANSPORT',
          step: 'redirect',
          status,
          message: expect.stringContaining(`GET ${storage.origin}/bucket/object?sig=REDACTED`),
          hint: expect.stringContaining(`the registry redirected the request to ${storage.host}`),
        });
      }
      const { code, stderr } = await gantry(['blob', `${host}/app@${DIGEST}`]);
      expect(code).toBe(5);
      expect(stderr).toContain(`the registry redirected the request to ${storage.host}`);
    },
  );

  it('N2: is the result of a read if the redirect leads to the same object of another registry', async () => {
    const other = await servers.http(
      (_request, response) => {
        sendJson(response, 404, { errors: [{ code: 'MANIFEST_UNKNOWN', message: 'no such manifest' }] });
      },
      { address: '127.0.0.2' },
    );
    const { host } = await servers.http(redirecting((path) => `${other.origin}/v2/mirror${path.slice(3)}`));
    await expect(reads.get?.(host, once)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `manifest ${host}/app:v1: the registry does not have it (MANIFEST_UNKNOWN at ${other.host})`,
    });
    await expect(reads.referrers?.(host, once)).resolves.toBeDefined();
  });
});
