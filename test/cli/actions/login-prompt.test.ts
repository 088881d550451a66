import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { gantry, gantryPath } from '../../support/programs/gantry.js';
import { useServers } from '../../support/servers/http-server.js';
import { startRegistry } from '../../support/servers/start-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();
const auth = { basic: { users: { me: 'hush-hush' }, realm: 'test' } };
const size = { columns: 80, rows: 24 };
const env = () => ({ HOME: temp.path(), DOCKER_CONFIG: temp.path('docker') });
const stored = async (): Promise<unknown> =>
  JSON.parse(await readFile(temp.path('docker/config.json'), 'utf8'));
const isStored = async (): Promise<boolean> =>
  stat(temp.path('docker/config.json')).then(
    () => true,
    () => false,
  );

/** Types each text when the question before it has been printed. Records when the terminal is raw. */
async function login(args: readonly string[], typed: readonly (readonly [question: string, text: string])[]) {
  const modes: boolean[] = [];
  const keyboard = Object.defineProperties(new PassThrough(), {
    isTTY: { value: true },
    setRawMode: { value: (isRaw: boolean) => modes.push(isRaw) },
  });
  const left = [...typed];
  const outcome = await gantry(['auth', 'login', ...args], {
    stdin: keyboard,
    terminal: size,
    env: env(),
    onStderr: (text) => {
      if (left[0] === undefined || !text.endsWith(left[0][0])) return;
      keyboard.write(left.shift()![1]);
    },
  });
  return { ...outcome, modes, left };
}

async function withRegistry(use: (host: string) => Promise<void>): Promise<void> {
  const registry = await startRegistry({ auth });
  try {
    await use(registry.host);
  } finally {
    await registry.close();
  }
}

describe('auth login on a terminal', () => {
  it('asks for name and password, does not show the password, and says where it is stored', async () => {
    await withRegistry(async (host) => {
      const { code, stderr, modes, left } = await login(
        [host],
        [
          ['User name: ', 'me\n'],
          ['Password: ', 'hush-hush\r'],
        ],
      );
      expect({ code, left }).toEqual({ code: 0, left: [] });
      const file = temp.path('docker/config.json');
      expect(stderr).toBe(
        `User name: Password: \nWarning: the password is stored unencrypted in ${file}\nlogged in via ${file}\n`,
      );
      expect(modes).toEqual([true, false]);
      expect(await stored()).toEqual({
        auths: { [host]: { auth: Buffer.from('me:hush-hush').toString('base64') } },
      });
    });
  });

  it.each([
    ['a correction', 'hush-hx\u007Fush\r'],
    ['a line that is deleted', 'nonsense\u0015hush-hush\n'],
    ['two parts', 'hush-'],
  ])('reads a password with %s', async (name, text) => {
    await withRegistry(async (host) => {
      const typed = [['Password: ', name === 'two parts' ? 'hush-hush\n' : text]] as const;
      expect((await login([host, '-u', 'me'], typed)).code).toBe(0);
    });
  });

  it('takes both lines of one paste', async () => {
    await withRegistry(async (host) => {
      expect((await login([host], [['User name: ', 'me\nhush-hush\n']])).code).toBe(0);
    });
  });

  it('ends with 130 after Ctrl-C, stores nothing, and restores the terminal', async () => {
    const { code, stderr, modes } = await login(['r.example', '-u', 'me'], [['Password: ', 'hush\u0003']]);
    expect({ code, modes }).toEqual({ code: 130, modes: [true, false] });
    expect(stderr).toBe('Password: \nError: interrupted by SIGINT\n');
    expect(await isStored()).toBe(false);
  });

  it('ends after Ctrl-D, stores nothing, and restores the terminal', async () => {
    const { code, stderr, modes } = await login(['r.example', '-u', 'me'], [['Password: ', '\u0004']]);
    expect({ code, modes }).toEqual({ code: 2, modes: [true, false] });
    expect(stderr).toContain('Error: user name and password are needed; give -u and --password-stdin\n');
    expect(await isStored()).toBe(false);
  });
});

describe('auth login without a terminal', () => {
  it('asks nothing, and names --password-stdin', async () => {
    expect(await gantry(['auth', 'login', 'r.example'], { env: env(), stdin: 'me\nhush\n' })).toMatchObject({
      code: 2,
      stderr:
        'Error: user name and password are needed; give -u and --password-stdin; only a person at a terminal is asked for them\n',
    });
  });
});

describe('auth login checks credentials with the registry', () => {
  const check = async (host: string, ...flags: readonly string[]) =>
    gantry(['auth', 'login', host, '-u', 'me', '--password-stdin', ...flags], { env: env(), stdin: 'wrong' });

  it('and does not store what it refuses', async () => {
    await withRegistry(async (host) => {
      expect(await check(host)).toMatchObject({
        code: 4,
        stderr: `Error: ${host} refuses the user name or the password, so they were not stored; some registries want an access token instead of the password; --no-check stores them unchecked\n`,
      });
      expect(await isStored()).toBe(false);
      expect((await check(host, '--no-check')).code).toBe(0);
      expect(await isStored()).toBe(true);
    });
  });

  it('through its token server', async () => {
    const { host } = await servers.http((request, response) => {
      const realm = `http://${request.headers.host!}/token`;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="test"` }).end();
    });
    const { code, stderr } = await check(host);
    expect(code).toBe(4);
    expect(stderr).toContain(`Error: ${host} refuses the user name or the password`);
  });

  it('and fails if there is no registry', async () => {
    const { host } = await servers.http((_request, response) => response.writeHead(500).end());
    expect((await check(host)).code).toBe(5);
    expect(await isStored()).toBe(false);
  });
});

const script = spawnSync('script', ['--version']).status === 0;
if (!script) console.warn('skipped: a real terminal (there is no script(1))');

(script ? it : it.skip)(
  'auth login shows no password on a real terminal, and shows again what is typed then',
  async () => {
    await withRegistry(async (host) => {
      const command = `'${process.execPath}' '${gantryPath}' auth login ${host}; stty -a`;
      const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, ...env() } });
      let shown = '';
      child.stdout.on('data', (chunk: Buffer) => {
        const before = shown;
        shown += chunk.toString();
        for (const [question, text] of [
          ['User name: ', 'me\r'],
          ['Password: ', 'hush-hush\r'],
        ] as const) {
          if (!before.includes(question) && shown.includes(question)) child.stdin.write(text);
        }
      });
      await once(child, 'close');
      expect(shown).toContain('logged in via ');
      expect(shown).not.toContain('hush');
      expect(shown).toMatch(/ icanon /);
      expect(shown).toMatch(/ echo /);
      expect(await isStored()).toBe(true);
    });
  },
);
