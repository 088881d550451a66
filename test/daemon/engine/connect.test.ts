import { spawnSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import net from 'node:net';
import { describe, expect, it } from '@jest/globals';
import * as daemon from '../../../src/daemon/index.js';
import { certificates } from '../../support/servers/certificates.js';
import { outcomeOf, startProgram } from '../../support/programs/child.js';
import { useServers } from '../../support/servers/http-server.js';
import { reply, useScriptedDaemons } from '../../support/servers/scripted-daemon.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();
const start = useScriptedDaemons();

const list = async (host: string, options: daemon.DaemonOptions = {}) =>
  daemon.images({ env: {}, host, ...options });
const routes = { 'GET /images/json': reply([]) };

describe('an error of connecting to a daemon', () => {
  it('D1: names the socket that does not exist', async () => {
    const socket = temp.path('docker.sock');
    await expect(list(`unix://${socket}`)).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: `connect to the daemon: unix://${socket}: the socket does not exist`,
      hint: expect.stringContaining('DOCKER_HOST') as unknown,
    });
  });

  it('D1: names the socket on which no process listens any more', async () => {
    const socket = temp.path('docker.sock');
    // A process that is killed does not delete its socket.
    const listen =
      "require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))";
    spawnSync(process.execPath, ['-e', listen, socket], { env: {} });
    await expect(list(`unix://${socket}`)).rejects.toMatchObject({
      message: `connect to the daemon: unix://${socket}: connection refused`,
      temporary: true,
    });
  });

  it('D1: names the path that is not a socket', async () => {
    const file = temp.path('docker.sock');
    await writeFile(file, '');
    await expect(list(`unix://${file}`)).rejects.toMatchObject({ code: 'TRANSPORT', url: `unix://${file}` });
  });

  it('D1: names the socket that belongs to another user', async () => {
    const { host, socket } = await start(routes);
    await chmod(socket, 0);
    const program = `
      import { images } from 'ROOT/src/daemon/index.ts';
      if (process.getuid() === 0) process.setuid(65534);
      await images({ env: {}, host: process.argv[2] }).catch((error) => {
        console.log(JSON.stringify([error.code, error.message, error.hint]));
      });`;
    const { stdout, stderr } = await outcomeOf(startProgram(temp.path(), program, [host]));
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringMatching(/^\[/), stderr: '' });
    expect(JSON.parse(stdout)).toEqual([
      'TRANSPORT',
      `connect to the daemon: ${host}: permission denied`,
      expect.stringContaining('group'),
    ]);
  });

  it.each([
    ['a web page', 200, 'text/html; charset=utf-8', '<!DOCTYPE html><html><body>Welcome!</body></html>'],
    ['a web page with status 404', 404, 'text/html', '<html>not here</html>'],
    ['another text', 200, 'text/plain', 'hello'],
  ])(
    'D1: says that the server is not a Docker Engine if it responds with %s',
    async (_what, status, type, body) => {
      const { host } = await start({
        'GET /_ping': (_request, response) => response.writeHead(status, { 'content-type': type }).end(body),
      });
      await expect(list(host)).rejects.toMatchObject({
        code: 'TRANSPORT',
        status,
        message: `connect to the daemon: ${host} is not a Docker Engine`,
      });
    },
  );

  it('D1: says that the server does not speak HTTP', async () => {
    const { port } = await servers.raw((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    await expect(list(`tcp://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: expect.stringContaining('not HTTP') as unknown,
    });
  });

  it('D1: says that the port requires TLS, or does not have it', async () => {
    const { port } = await servers.raw((socket) => {
      socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n');
    });
    await expect(list(`tcp://127.0.0.1:${port}`)).rejects.toMatchObject({
      message: expect.stringContaining('requires TLS') as unknown,
      hint: expect.stringContaining('DOCKER_TLS_VERIFY') as unknown,
    });
    const plain = await servers.http(reply('{}'));
    await expect(list(`https://127.0.0.1:${plain.port}`)).rejects.toMatchObject({
      message: expect.stringContaining('no TLS on this port') as unknown,
    });
  });

  it('D1: is the reason of an abort, which closes the connection at once', async () => {
    let onPing = (): void => undefined;
    const pinged = new Promise<void>((resolve) => (onPing = resolve));
    const { host, open } = await start({ 'GET /_ping': onPing });
    const reason = new Error('enough');
    const controller = new AbortController();
    const listing = list(host, { signal: controller.signal });
    await pinged;
    controller.abort(reason);
    await expect(listing).rejects.toBe(reason);
    await expect(list(host, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    while (open() > 0) await new Promise(setImmediate);
  });

  it('is made from no more than 64 KiB of an error response', async () => {
    const { host, open } = await start({
      'GET /images/json': (_request, response) => {
        response.writeHead(500, { 'content-type': 'text/plain' });
        const more = (): void => {
          if (!response.destroyed) response.write('x'.repeat(64 * 1024), () => setImmediate(more));
        };
        more();
      },
    });
    await expect(list(host)).rejects.toMatchObject({ code: 'TRANSPORT', status: 500 });
    while (open() > 0) await new Promise(setImmediate);
  });
});

describe('the version of the API', () => {
  const requestsTo = async (apiVersion: string, options: daemon.DaemonOptions = {}) => {
    const { host, requests } = await start(routes, { apiVersion });
    await list(host, options);
    return requests;
  };

  it('D2: is the newest one that both sides know', async () => {
    expect(await requestsTo('1.41')).toEqual(['GET /v1.41/images/json']);
    expect(await requestsTo('1.99')).toEqual(['GET /v1.51/images/json']);
    expect(await requestsTo('2.0')).toEqual(['GET /v1.51/images/json']);
  });

  it('D2: is the one in `apiVersion` or DOCKER_API_VERSION', async () => {
    expect(await requestsTo('1.41', { apiVersion: '1.30' })).toEqual(['GET /v1.30/images/json']);
    expect(await requestsTo('1.41', { env: { DOCKER_API_VERSION: '1.29' } })).toEqual([
      'GET /v1.29/images/json',
    ]);
    expect(await requestsTo('1.41', { env: { DOCKER_API_VERSION: 'v1.28' } })).toEqual([
      'GET /v1.28/images/json',
    ]);
    await expect(requestsTo('1.41', { apiVersion: 'newest' })).rejects.toThrow(TypeError);
    await expect(requestsTo('1.41', { env: { DOCKER_API_VERSION: '../..' } })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });

  it('D2: of a daemon that is too old is an error', async () => {
    await expect(requestsTo('1.12')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringMatching(/supports version 1\.12 .* 1\.24 is the oldest/) as unknown,
    });
  });

  it('D2: that is not a version is an error', async () => {
    await expect(requestsTo('1.41/../..')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('D2: that the daemon refuses as too old or too new is an error', async () => {
    for (const message of [
      'client version 1.51 is too old. Minimum supported API version is 1.60, please upgrade your client',
      'client version 1.51 is too new. Maximum supported API version is 1.41',
    ]) {
      const { host } = await start({ 'GET /images/json': reply({ message }, 400) });
      await expect(list(host)).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: `list the images: ${message} (${host})`,
      });
    }
  });
});

describe('daemon.images', () => {
  it('lists the images of the daemon, with tags in its own spelling, newest first', async () => {
    const id = `sha256:${'a'.repeat(64)}`;
    const { host } = await start({
      'GET /images/json': reply([
        { Id: id, RepoTags: ['<none>:<none>'], RepoDigests: [`app@${id}`], Created: -62135596800 },
        { Id: 'something' },
        { Id: id, RepoTags: ['app:v1'], RepoDigests: null, Size: 7, Created: 1_700_000_000, Labels: null },
      ]),
    });
    expect(await list(host)).toEqual([
      { id, tags: ['app:v1'], digests: [], size: 7, created: '2023-11-14T22:13:20.000Z' },
      { id, tags: [], digests: [`app@${id}`], size: 0, created: '0001-01-01T00:00:00.000Z' },
    ]);
  });

  it.each([
    ['JSON', 'hello'],
    ['a list', '{}'],
  ])('fails if the response is not %s', async (_what, body) => {
    const { host } = await start({ 'GET /images/json': reply(body) });
    await expect(list(host)).rejects.toMatchObject({ code: 'TRANSPORT' });
  });

  it('fails if the response is larger than `maxResponseBytes`', async () => {
    const { host } = await start({ 'GET /images/json': reply([{ Id: 'x'.repeat(1000) }]) });
    await expect(list(host, { maxResponseBytes: 100 })).rejects.toMatchObject({
      code: 'LIMIT_EXCEEDED',
      option: 'maxResponseBytes',
    });
  });

  it('uses the agent of the caller', async () => {
    const { socket } = await start(routes);
    const agent = new Agent();
    // Node's types lack this method.
    (agent as unknown as { createConnection: unknown }).createConnection = () => net.connect(socket);
    expect(await list('tcp://somewhere.example:2375', { agent })).toEqual([]);
  });
});

describe('TLS to a daemon', () => {
  /** Starts a daemon that requires a client certificate. */
  const startWithTls = async () => {
    const { ca, server } = await certificates();
    const { port } = await servers.http(
      (request, response) => {
        if (request.url === '/_ping') response.writeHead(200, { 'api-version': '1.41' }).end('OK');
        else reply([])(request, response);
      },
      { tls: { ...server, ca } },
    );
    return `tcp://127.0.0.1:${port}`;
  };

  it('requires a certificate from a trusted authority, unless insecureSkipVerify is set', async () => {
    const host = await startWithTls();
    const { ca, client } = await certificates();
    expect(await list(host, { tls: { ca, ...client } })).toEqual([]);
    await expect(list(host, { tls: true })).rejects.toMatchObject({
      code: 'TRANSPORT',
      hint: expect.stringContaining('tls.ca') as unknown,
    });
    expect(await list(host, { tls: { ...client, insecureSkipVerify: true } })).toEqual([]);
  });

  it('fails without a client certificate if the daemon requires one', async () => {
    const host = await startWithTls();
    const { ca } = await certificates();
    await expect(list(host, { tls: { ca } })).rejects.toMatchObject({ code: 'TRANSPORT' });
  });
});
