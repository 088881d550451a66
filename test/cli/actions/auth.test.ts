import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { bearerRegistry } from '../../support/servers/bearer-registry.js';
import { gantry, type GantryOptions } from '../../support/programs/gantry.js';
import { useServers } from '../../support/servers/http-server.js';
import { startRegistry } from '../../support/servers/start-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();

const auth = async (args: readonly string[], options: GantryOptions = {}) =>
  gantry(['auth', ...args], { ...options, env: { HOME: temp.path(), DOCKER_CONFIG: temp.path('docker') } });
const secretOf = async (host: string): Promise<string> =>
  (JSON.parse((await auth(['get', host])).stdout) as { Secret: string }).Secret;

describe('auth login', () => {
  it.each([
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret', 'secret'],
    ['secret\n\n', 'secret\n'],
    [' secret \n', ' secret '],
  ])('X5: reads a password from stdin without its newline: %j', async (stdin, password) => {
    const { code, stdout, stderr } = await auth(
      ['login', '--no-check', 'r.example', '-u', 'me', '--password-stdin'],
      {
        stdin,
      },
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain(`logged in via ${temp.path('docker/config.json')}\n`);
    expect(stderr).not.toContain('secret');
    expect(await secretOf('r.example')).toBe(password);
  });

  it('X5: warns about a password on the command line', async () => {
    const { code, stderr } = await auth(['login', '--no-check', 'r.example', '-u', 'me', '-p', 'secret']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Warning: other users can see a password on the command line.*--password-stdin/);
    expect(stderr).not.toContain('secret');
    expect(await secretOf('r.example')).toBe('secret');
  });

  it('stores credentials in a file that no other user may read', async () => {
    await auth(['login', '--no-check', 'r.example', '-u', 'me', '--password-stdin'], { stdin: 'secret' });
    expect((await stat(temp.path('docker/config.json'))).mode & 0o777).toBe(0o600);
    expect(JSON.parse(await readFile(temp.path('docker/config.json'), 'utf8'))).toEqual({
      auths: { 'r.example': { auth: Buffer.from('me:secret').toString('base64') } },
    });
  });

  it('makes the next command succeed, and fail again after a logout', async () => {
    const guarded = await startRegistry({ auth: { basic: { users: { me: 'secret' }, realm: 'test' } } });
    try {
      const env = { HOME: temp.path(), DOCKER_CONFIG: temp.path('docker') };
      expect((await gantry(['catalog', guarded.host], { env })).code).toBe(4);
      await auth(['login', guarded.host, '-u', 'me', '--password-stdin'], { stdin: 'secret\n' });
      expect((await gantry(['catalog', guarded.host], { env })).code).toBe(0);
      expect((await auth(['logout', guarded.host])).stderr).toMatch(/^logged out via /);
      expect((await gantry(['catalog', guarded.host], { env })).code).toBe(4);
      expect((await auth(['logout', guarded.host])).stderr).toBe(`was not logged in to ${guarded.host}\n`);
    } finally {
      await guarded.close();
    }
  });

  it('requires one source of the password', async () => {
    const both = await auth(['login', '--no-check', 'r.example', '-u', 'me', '-p', 'x', '--password-stdin'], {
      stdin: 'y',
    });
    expect(both).toMatchObject({
      code: 2,
      stderr: 'Error: --password and --password-stdin cannot be used together\n',
    });
    expect((await auth(['login', '--no-check', 'r.example', '-u', 'a:b', '-p', 'x'])).code).toBe(2);
  });
});

describe('auth logout', () => {
  it('V3: names the file from which it removed credentials, and the file that still has some', async () => {
    const env = { HOME: temp.path(), DOCKER_CONFIG: temp.path('docker'), XDG_RUNTIME_DIR: temp.path('run') };
    const podman = temp.path('run/containers/auth.json');
    const entry = { auth: Buffer.from('me:pw').toString('base64') };
    await mkdir(temp.path('run/containers'), { recursive: true });
    await writeFile(podman, JSON.stringify({ auths: { 'quay.example': entry, 'quay.example/team': entry } }));
    expect(await gantry(['auth', 'logout', 'quay.example'], { env })).toMatchObject({
      code: 0,
      stderr:
        `logged out via ${podman}\nWarning: ${podman} still has credentials for quay.example/team; ` +
        '`gantry auth logout quay.example/team` removes them\n',
    });
    expect(await gantry(['auth', 'get', 'quay.example'], { env })).toMatchObject({ code: 3 });
    expect(await gantry(['auth', 'get', 'quay.example/team'], { env })).toMatchObject({ code: 0 });
  });
});

describe('auth get', () => {
  it('V4: prints the credentials of a namespace, and of Docker Hub by any of its names', async () => {
    await auth(['login', '--no-check', 'r.example/team', '-u', 'me', '-p', 'secret']);
    const response = '{"Username":"me","Secret":"secret"}\n';
    for (const name of ['r.example/team', 'r.example/team/app', 'https://r.example/team']) {
      expect(await auth(['get', name])).toMatchObject({ code: 0, stdout: response });
    }
    for (const name of ['r.example', 'r.example/other', 'r.example/teams']) {
      const { code, stderr } = await auth(['get', name]);
      expect({ code, stderr }).toEqual({
        code: 3,
        stderr: `Error: there are no credentials for ${name}; \`gantry auth login ${name}\` stores some\n`,
      });
    }
    await auth(['login', '--no-check', 'docker.io', '-u', 'me', '-p', 'secret']);
    for (const name of ['docker.io', 'index.docker.io', 'https://index.docker.io/v1/', 'docker.io/library']) {
      expect(await auth(['get', name])).toMatchObject({ code: 0, stdout: response });
    }
  });

  it.each(['h:99999', '-x', '../x', 'a b', 'r.example/Team', 'r.example/app:v1'])(
    'V4: login, logout and get refuse the registry %j',
    async (name) => {
      for (const args of [['login', '--no-check', '-u', 'me', '-p', 'x'], ['logout'], ['get']]) {
        expect(await auth([...args, '--', name])).toMatchObject({ code: 2, stdout: '' });
      }
    },
  );

  it('prints credentials like a credential helper, for an argument or for stdin', async () => {
    await auth(['login', '--no-check', 'r.example:5000', '-u', 'me', '--password-stdin'], {
      stdin: 'secret',
    });
    const response = '{"Username":"me","Secret":"secret"}\n';
    expect(await auth(['get', 'r.example:5000'])).toMatchObject({ code: 0, stdout: response, stderr: '' });
    expect(await auth(['get'], { stdin: 'r.example:5000\n' })).toMatchObject({ code: 0, stdout: response });
    expect(await auth(['get'], { stdin: 'https://r.example:5000/v1/' })).toMatchObject({
      code: 0,
      stdout: response,
    });
  });
});

describe('auth token', () => {
  it('prints a token, or a header with the token', async () => {
    const { seen, listener } = bearerRegistry();
    const server = await servers.http(listener);
    const repository = `${server.host}/team/app`;
    const { code, stdout } = await auth(['token', repository]);
    expect(code).toBe(0);
    const { token } = JSON.parse(stdout) as { token: string };
    expect(token).toMatch(/\S/);
    const header = await auth(['token', '-H', '--push', '-m', `${server.host}/base`, repository]);
    expect(header.stdout).toMatch(/^Authorization: Bearer \S+$/);
    const scopes = seen
      .filter(({ url }) => url.startsWith('/token'))
      .map(({ url }) => new URL(url, server.origin).searchParams.getAll('scope'));
    expect(scopes).toEqual([
      ['repository:team/app:pull'],
      ['repository:team/app:push,pull', 'repository:base:pull'],
    ]);
  });

  it('reports a registry that uses no tokens', async () => {
    const open = await startRegistry();
    try {
      expect(await auth(['token', `${open.host}/app`])).toMatchObject({
        code: 1,
        stderr: `Error: ${open.host} does not use bearer tokens; it needs no authentication\n`,
      });
    } finally {
      await open.close();
    }
  });
});
