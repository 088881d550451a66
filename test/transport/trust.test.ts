import { describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { bearerRegistry, lines, recording } from '../support/servers/bearer-registry.js';
import { certificates } from '../support/servers/certificates.js';
import { gantry } from '../support/programs/gantry.js';
import { sendJson, useServers } from '../support/servers/http-server.js';
import { CANARY_BASIC, canaryUser, openSession, read } from '../support/servers/session.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const servers = useServers();
const temp = useTempDir();

const MANIFEST = '{"schemaVersion":2}';

/** A registry and its token server at two addresses, which count as two parties. */
async function strangers(realm = (origin: string) => `${origin}/token`) {
  const tokens = recording((_request, response) => {
    sendJson(response, 200, { token: 't1' });
  });
  const tokenServer = await servers.http(tokens.listener, { address: '127.0.0.9' });
  const registry = await servers.http(
    bearerRegistry({
      realm: realm(tokenServer.origin),
      response: (_request, response) => {
        response.setHeader('content-type', 'application/vnd.oci.image.manifest.v1+json').end(MANIFEST);
      },
    }).listener,
  );
  const config = temp.path('config.json');
  const auth = Buffer.from('user:canary').toString('base64');
  await writeFile(config, JSON.stringify({ auths: { [registry.host]: { auth } } }));
  const env = { HOME: '/nonexistent', DOCKER_CONFIG: temp.path(''), CONTAINERS_REGISTRIES_CONF: '/dev/null' };
  return { tokens, tokenServer, registry, env };
}

describe('a token server of another party', () => {
  it('N4: is refused, and the error names the option, the flag and the file', async () => {
    const { tokens, tokenServer, registry, env } = await strangers();
    await expect(openSession(registry.host, { auth: canaryUser }).request(read())).rejects.toMatchObject({
      code: 'AUTH',
      hint: `add "${tokenServer.host}" to \`trustedRealms\` if it may have the credentials`,
    });
    const { code, stderr } = await gantry(['manifest', `${registry.host}/app:v1`], { env });
    expect(code).toBe(4);
    expect(stderr).toContain(
      `give --trusted-realm ${tokenServer.host}, or list it as "trustedRealms" in hosts.json, if it may`,
    );
    expect(tokens.seen).toEqual([]);
  });

  it('N4: is trusted by each form of the flag', async () => {
    const { tokens, tokenServer, registry, env } = await strangers();
    const run = async (...flags: readonly string[]) =>
      gantry(['manifest', ...flags, `${registry.host}/app:v1`], { env });
    for (const realm of ['127.0.0.9:1', '*.0.0.9.example', `https://${tokenServer.host}`]) {
      expect(await run('--trusted-realm', realm)).toMatchObject({ code: 4 });
    }
    for (const realm of ['127.0.0.9', tokenServer.host, `http://${tokenServer.host}`]) {
      expect(await run('--trusted-realm', realm)).toMatchObject({ code: 0, stdout: MANIFEST });
      expect(await run(`--trusted-realm=other.example`, '--trusted-realm', realm)).toMatchObject({ code: 0 });
    }
    expect(tokens.seen.every(({ authorization }) => authorization === CANARY_BASIC)).toBe(true);
    for (const realm of ['http://127.0.0.9/token', '*', 'a b', '']) {
      expect(await run(`--trusted-realm=${realm}`)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('The value must be host, host:port, https://host or *.domain'),
      });
    }
  });

  it('N4: is trusted by hosts.json, for one registry or for all', async () => {
    const { tokenServer, registry, env } = await strangers();
    const file = temp.path('hosts.json');
    const run = async (settings: unknown) => {
      await writeFile(file, JSON.stringify(settings));
      return gantry(['manifest', '--hosts', file, `${registry.host}/app:v1`], { env });
    };
    const trustedRealms = [tokenServer.host];
    // The refusal comes first, because runs in one process share tokens.
    expect(await run({ registries: { 'other.example': { trustedRealms } } })).toMatchObject({ code: 4 });
    expect(await run({ trustedRealms })).toMatchObject({ code: 0, stdout: MANIFEST });
    expect(await run({ registries: { [registry.host]: { trustedRealms } } })).toMatchObject({ code: 0 });
    const wrong = await run({ trustedRealms: ['https://127.0.0.9/token'] });
    expect(wrong.stderr).toContain('trustedRealms[0] must be host, host:port, https://host or *.domain');
  });

  it('N4: is not involved if the realm is a path on the registry', async () => {
    const { seen, listener } = bearerRegistry({ realm: '/token?tenant=a' });
    const { host } = await servers.http(listener);
    await openSession(host, { auth: canaryUser }).request(read());
    expect(lines(seen)[1]).toMatch(/^GET \/token\?tenant=a&service=registry.test&scope=/);
    expect(seen[1]?.authorization).toBe(CANARY_BASIC);
  });

  it('N4: is asked again if its token has expired early', async () => {
    let valid = 't1';
    let strict = false;
    const { seen, listener } = recording((request, response) => {
      const origin = `http://${request.headers.host ?? ''}`;
      if (request.url?.startsWith('/members') === true) {
        response.writeHead(401).end();
      } else if (request.url?.startsWith('/token') === true) {
        sendJson(response, 200, { token: strict ? 't2' : 't1' });
      } else if (request.headers.authorization === `Bearer ${valid}`) response.end('content');
      else {
        const sent = request.headers.authorization !== undefined;
        const realm = sent ? `${origin}/members",error="invalid_token` : `${origin}/token`;
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}"` }).end();
      }
    });
    const { host } = await servers.http(listener);
    const session = openSession(host);
    await session.request(read());
    strict = true;
    valid = 't2';
    expect((await session.request(read())).status).toBe(200);
    expect(lines(seen).filter((line) => line.includes('/members'))).toEqual([]);
  });
});

describe('plain http behind an https registry', () => {
  const httpsRegistry = async (location: string) =>
    servers.http(
      (request, response) => {
        if (request.url === '/v2/') response.end('{}');
        else response.writeHead(307, { location }).end();
      },
      { tls: (await certificates()).server },
    );

  it('N5: is refused, unless `insecure` or `allowedHosts` allows it', async () => {
    const storage = await servers.http((_request, response) => response.end('blob'), {
      address: '127.0.0.2',
    });
    const { host } = await httpsRegistry(`${storage.origin}/blob`);
    const { ca } = await certificates();
    const registries = { [host]: { ca } };
    await expect(openSession(host, { registries }).request(read())).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: expect.stringContaining(`it leads from https to http, at ${storage.host}`),
      hint: `add "${storage.host}" to \`allowedHosts\` if it has no https`,
    });
    for (const options of [
      { registries, allowedHosts: ['127.0.0.2'] },
      { registries: { [host]: { ca, allowedHosts: [storage.host] } } },
      { insecure: true },
    ]) {
      expect((await openSession(host, options).request(read())).status).toBe(200);
    }
  });

  it('N5: is refused by gantry, and the error names the flag that allows it', async () => {
    const storage = await servers.http((_request, response) => response.end('abc'), { address: '127.0.0.2' });
    const { host } = await httpsRegistry(`${storage.origin}/blob`);
    const file = temp.path('hosts.json');
    await writeFile(file, JSON.stringify({ registries: { [host]: { ca: (await certificates()).ca } } }));
    const digest = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
    const run = async (...flags: readonly string[]) =>
      gantry(['blob', ...flags, '--hosts', file, `${host}/app@${digest}`]);
    const refused = await run();
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain(
      `give --allowed-host ${storage.host}, or list it as "allowedHosts" in hosts.json, if it has no https`,
    );
    expect(await run('--allowed-host', storage.host)).toMatchObject({ code: 0, stdout: 'abc' });
    expect(await run('--insecure')).toMatchObject({ code: 0, stdout: 'abc' });
  });
});
