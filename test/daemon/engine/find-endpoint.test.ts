import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findEndpoint } from '../../../src/daemon/engine/find-endpoint.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();

interface StoredContext {
  readonly Host?: string;
  readonly SkipTLSVerify?: boolean;
}

/** Stores a context as `docker context create` does. */
async function store(
  name: string,
  docker: StoredContext,
  tls: Readonly<Record<string, string>> = {},
  dir = temp.path('.docker'),
): Promise<void> {
  const id = createHash('sha256').update(name).digest('hex');
  const meta = path.join(dir, 'contexts/meta', id);
  await mkdir(meta, { recursive: true });
  await writeFile(
    path.join(meta, 'meta.json'),
    JSON.stringify({ Name: name, Metadata: {}, Endpoints: { docker } }),
  );
  const certificates = path.join(dir, 'contexts/tls', id, 'docker');
  await mkdir(certificates, { recursive: true });
  for (const [file, text] of Object.entries(tls)) await writeFile(path.join(certificates, file), text);
}

async function configure(config: unknown, dir = temp.path('.docker')): Promise<void> {
  await mkdir(dir, { recursive: true });
  await writeFile(
    path.join(dir, 'config.json'),
    typeof config === 'string' ? config : JSON.stringify(config),
  );
}

const find = async (env: Readonly<Record<string, string>>, options = {}) =>
  findEndpoint({ env, homeDir: temp.path(), ...options });

describe('the endpoint of the daemon', () => {
  it('is the one in the options, even if the environment names another', async () => {
    await store('remote', { Host: 'tcp://there:2375' });
    const env = { DOCKER_HOST: 'unix:///env.sock', DOCKER_CONTEXT: 'none' };
    expect(await find(env, { host: 'unix:///given.sock' })).toMatchObject({ socketPath: '/given.sock' });
    expect(await find(env, { context: 'remote' })).toMatchObject({ hostname: 'there', port: 2375 });
    await expect(find(env, { host: 'unix:///a', context: 'b' })).rejects.toThrow(TypeError);
  });

  it('is found in DOCKER_HOST, DOCKER_CONTEXT, CONTAINER_HOST and the configuration, in this order', async () => {
    await store('named', { Host: 'unix:///named.sock' });
    await store('chosen', { Host: 'unix:///chosen.sock' });
    await configure({ currentContext: 'chosen' });
    const all = {
      DOCKER_HOST: 'unix:///env.sock',
      DOCKER_CONTEXT: 'named',
      CONTAINER_HOST: 'unix:/podman.sock',
    };
    const { DOCKER_HOST: _host, ...others } = all;
    const { DOCKER_CONTEXT: _context, ...podman } = others;
    expect(await find(all)).toMatchObject({ socketPath: '/env.sock' });
    expect(await find(others)).toMatchObject({ socketPath: '/named.sock' });
    expect(await find(podman)).toMatchObject({ socketPath: '/podman.sock' });
    expect(await find({ DOCKER_HOST: '' })).toMatchObject({ socketPath: '/chosen.sock' });
    expect(await find({ DOCKER_HOST: 'unix:///env.sock' }, { context: 'default' })).toMatchObject({
      socketPath: '/env.sock',
    });
  });

  it('is found in the configuration directory that DOCKER_CONFIG names', async () => {
    await store('elsewhere', { Host: 'unix:///elsewhere.sock' }, {}, temp.path('config'));
    await configure({ currentContext: 'elsewhere' }, temp.path('config'));
    expect(await find({ DOCKER_CONFIG: temp.path('config') })).toMatchObject({
      socketPath: '/elsewhere.sock',
    });
  });

  it("is docker's default socket, unless only another socket exists", async () => {
    const found = await find({});
    expect(found.socketPath).toMatch(/^\/(var\/run\/docker|run\/podman\/podman)\.sock$/);
    const runtime = temp.path('run');
    await mkdir(path.join(runtime, 'podman'), { recursive: true });
    await writeFile(path.join(runtime, 'podman/podman.sock'), '');
    const withPodman = await find({ XDG_RUNTIME_DIR: runtime });
    // On a machine where docker runs, its own socket comes first.
    expect([path.join(runtime, 'podman/podman.sock'), '/var/run/docker.sock']).toContain(
      withPodman.socketPath,
    );
  });

  it('has the certificates of its context', async () => {
    const tls = { 'ca.pem': 'CA', 'cert.pem': 'CERT', 'key.pem': 'KEY' };
    await store('secure', { Host: 'tcp://there:2376' }, tls);
    await store('trusting', { Host: 'tcp://there', SkipTLSVerify: true });
    expect(await find({ DOCKER_CONTEXT: 'secure' })).toMatchObject({
      host: 'tcp://there:2376',
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY', insecureSkipVerify: false },
    });
    expect(await find({ DOCKER_CONTEXT: 'trusting' })).toMatchObject({
      port: 2376,
      tls: { insecureSkipVerify: true },
    });
  });

  it('has the certificates in DOCKER_CERT_PATH if DOCKER_TLS_VERIFY is set', async () => {
    await mkdir(temp.path('certs'));
    await writeFile(temp.path('certs', 'ca.pem'), 'CA');
    const env = { DOCKER_HOST: 'tcp://there', DOCKER_CERT_PATH: temp.path('certs') };
    expect(await find(env)).toMatchObject({ port: 2375, tls: undefined });
    expect(await find({ ...env, DOCKER_TLS_VERIFY: '1' })).toMatchObject({ port: 2376, tls: { ca: 'CA' } });
    expect(await find(env, { tls: { ca: 'MINE' } })).toMatchObject({ tls: { ca: 'MINE' } });
    await writeFile(temp.path('certs', 'cert.pem'), 'CERT');
    await expect(find({ ...env, DOCKER_TLS_VERIFY: '1' })).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      file: temp.path('certs', 'key.pem'),
    });
  });

  it.each([
    ['tcp://[::1]:2375', { hostname: '::1', port: 2375, tls: undefined }],
    ['https://there/engine/', { hostname: 'there', port: 2376, basePath: '/engine', tls: {} }],
    ['http://there:80', { hostname: 'there', port: 80 }],
    [
      'ssh://me@there:2222/run/user/1000/docker.sock',
      {
        host: 'ssh://there:2222/run/user/1000/docker.sock',
        ssh: {
          args: [
            ...['-o', 'ConnectTimeout=30', '-T', '-l', 'me', '-p', '2222', '--', 'there'],
            ...['docker', '--host', 'unix:///run/user/1000/docker.sock', 'system', 'dial-stdio'],
          ],
        },
      },
    ],
  ])('is parsed from %s', async (host, endpoint) => {
    expect(await find({}, { host })).toMatchObject(endpoint);
  });

  it.each([
    'ssh://me:secret@there',
    'ssh://there/a;b',
    'ssh://',
    'fd://',
    'unix://relative',
    'tcp://',
    'there:2375',
    'npipe:////./pipe/docker_engine',
  ])('D1: is refused with a hint if the address is %s', async (host) => {
    await expect(find({}, { host })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      hint: expect.any(String) as unknown,
    });
  });

  it('and its errors do not show a password', async () => {
    const { host } = await find({}, { host: 'tcp://me:secret@there:2375' });
    expect(host).toBe('tcp://there:2375');
    const refusal = find({}, { host: 'ftp://me:secret@there' });
    await expect(refusal).rejects.toMatchObject({
      message: expect.not.stringContaining('secret') as unknown,
    });
  });

  it('is an error if a context does not exist or is damaged', async () => {
    await expect(find({ DOCKER_CONTEXT: 'gone' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'docker context "gone": not found',
    });
    await store('cluster', {});
    await expect(find({ DOCKER_CONTEXT: 'cluster' })).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
    await configure('{\n  "auths": {"a": {"auth": "c2VjcmV0"},}\n}');
    await expect(find({})).rejects.toMatchObject({
      code: 'SETTINGS_INVALID',
      position: { line: 2, column: expect.any(Number) as unknown },
      message: expect.not.stringContaining('c2VjcmV0') as unknown,
    });
    await configure({ currentContext: 7 });
    await expect(find({})).rejects.toMatchObject({ code: 'SETTINGS_INVALID' });
  });
});
