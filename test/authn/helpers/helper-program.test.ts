import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { AuthError } from '../../../src/errors/service/auth.js';
import { helperFromProgram, type HelperProgramOptions } from '../../../src/authn/helpers/helper-program.js';
import { credentialStore, writeHelper } from '../../support/programs/credential-helper.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const env = () => ({ PATH: temp.path('bin') });
const helper = async (body: string, options: HelperProgramOptions = {}) => {
  await writeHelper(temp.path('bin'), 'test', body);
  return helperFromProgram('test', { env: env(), ...options });
};
const failure = async (promise: Promise<unknown>): Promise<AuthError> => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AuthError);
  return error as AuthError;
};
/** Resolves when the process has ended, or is a zombie. */
const gone = async (pid: number): Promise<void> => {
  for (;;) {
    try {
      process.kill(pid, 0);
      if (existsSync(`/proc/${pid}/stat`) && (await readFile(`/proc/${pid}/stat`, 'utf8')).includes(') Z '))
        return;
    } catch {
      return;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe('helperFromProgram', () => {
  it('writes the server to standard input and reads the response', async () => {
    const found = await (await helper(credentialStore({ 'reg.io': ['us"er', 'pa:ss\n🔑'] }))).get('reg.io');
    expect(found).toEqual({ username: 'us"er', secret: 'pa:ss\n🔑' });
  });

  it('stores and erases credentials', async () => {
    const program = await helper(credentialStore({}));
    await program.store('reg.io', { username: 'u', secret: 's' });
    expect(await program.get('reg.io')).toEqual({ username: 'u', secret: 's' });
    expect(await program.erase('reg.io')).toBe(true);
    expect(await program.get('reg.io')).toBeUndefined();
    expect(await program.erase('reg.io')).toBe(false);
  });

  it('treats "not found" and an empty response as no credentials', async () => {
    expect(await (await helper(credentialStore({}))).get('reg.io')).toBeUndefined();
    expect(
      await (await helper(`console.log('{"ServerURL":"","Username":"","Secret":""}')`)).get('reg.io'),
    ).toBeUndefined();
  });

  it('A16: names a helper that is missing', async () => {
    const error = await failure(helperFromProgram('absent', { env: env() }).get('reg.io'));
    expect(error.message).toContain('docker-credential-absent get reg.io: the program is not on PATH');
    expect(error.hint).toContain('install docker-credential-absent');
  });

  it('A16: quotes the message of a failing helper, cleaned and shortened', async () => {
    const program = await helper(
      `process.stdout.write('pass is not\\x1b[2J initialised\\n'); process.stderr.write('x'.repeat(5000)); process.exitCode = 3`,
    );
    const { message } = await failure(program.get('reg.io'));
    expect(message).toContain('exit status 3: pass is not [2J initialised: xxx');
    expect(message).not.toMatch(/\p{Cc}/u);
    expect(message.length).toBeLessThan(600);
  });

  it('A16: reports a failure to store, whatever the helper prints', async () => {
    const program = await helper(
      `console.log('credentials not found in native keychain'); process.exitCode = 1`,
    );
    await failure(program.store('reg.io', { username: 'u', secret: 's' }));
  });

  it.each([
    ['HTML', `console.log('<html>CANARY</html>')`],
    ['nothing', ``],
    ['cut JSON', `process.stdout.write('{"Username":"u","Secret":"CANARY')`],
    ['a secret that is not text', `console.log('{"Username":"CANARY","Secret":1}')`],
    ['a list', `console.log('["CANARY"]')`],
    ['other bytes than UTF-8', `process.stdout.write(Buffer.from([0x22, 0xff, 0x22]))`],
  ])('A16: refuses a response that is %s, without quoting it', async (_name, body) => {
    const error = await failure((await helper(body)).get('reg.io'));
    expect(error.message).toContain('does not follow the protocol');
    expect(inspect(error)).not.toContain('CANARY');
  });

  it('A16: kills a helper that prints without end', async () => {
    const program = await helper(
      `require('node:fs').writeFileSync(${JSON.stringify(temp.path('pid'))}, String(process.pid));
       const more = () => process.stdout.write('x'.repeat(65536), more); more();`,
      { maxBytes: 100_000 },
    );
    const error = await failure(program.get('reg.io'));
    expect(error.message).toContain('too long');
    expect(error.cause).toMatchObject({ code: 'LIMIT_EXCEEDED', option: 'maxBytes', limit: 100_000 });
    await gone(Number(await readFile(temp.path('pid'), 'utf8')));
  });

  it('accepts a response of exactly the cap', async () => {
    const response = JSON.stringify({ Username: 'u', Secret: 's'.repeat(100) });
    const body = `process.stdout.write(${JSON.stringify(response)})`;
    expect(await (await helper(body, { maxBytes: response.length })).get('reg.io')).toMatchObject({
      username: 'u',
    });
    await failure((await helper(body, { maxBytes: response.length - 1 })).get('reg.io'));
  });

  it('A16: kills a helper that hangs, with the processes that it started', async () => {
    // A shell starts long before the timeout, also on a busy machine.
    await mkdir(temp.path('bin'));
    const file = temp.path('bin', 'docker-credential-slow');
    await writeFile(file, `#!/bin/sh\n/bin/sleep 600 &\necho $$ $! > '${temp.path('pids')}'\nwait\n`);
    await chmod(file, 0o755);
    const program = helperFromProgram('slow', { env: env(), timeoutMs: 2000 });
    const error = await failure(program.get('reg.io'));
    expect(error.message).toContain('no response within 2000 ms');
    for (const pid of (await readFile(temp.path('pids'), 'utf8')).trim().split(' ')) await gone(Number(pid));
  });

  it('does not wait for processes that a helper leaves running', async () => {
    const program = await helper(
      `const child = require('node:child_process').spawn('/bin/sleep', ['600'], { stdio: 'inherit' });
       child.unref();
       require('node:fs').writeFileSync(${JSON.stringify(temp.path('pid'))}, String(child.pid));
       console.log('{"Username":"u","Secret":"s"}');`,
    );
    expect(await program.get('reg.io')).toEqual({ username: 'u', secret: 's' });
    process.kill(Number(await readFile(temp.path('pid'), 'utf8')), 'SIGKILL');
  });

  it('kills the helper on abort, and rejects with the reason', async () => {
    const controller = new AbortController();
    const started = temp.path('started');
    const program = await helper(
      `require('node:fs').writeFileSync(${JSON.stringify(started)}, String(process.pid)); setInterval(() => undefined, 1000);`,
    );
    const running = program.get('reg.io', { signal: controller.signal });
    while (!existsSync(started) || (await readFile(started, 'utf8')) === '')
      await new Promise((r) => setImmediate(r));
    const reason = new Error('changed my mind');
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    await gone(Number(await readFile(started, 'utf8')));
    await expect(program.get('reg.io', { signal: controller.signal })).rejects.toBe(reason);
  });

  it('accepts a helper that does not read its input', async () => {
    await mkdir(temp.path('bin'));
    const file = temp.path('bin', 'docker-credential-deaf');
    await writeFile(file, `#!/bin/sh\nexec 0<&-\necho '{"Username":"u","Secret":"s"}'\n`);
    await chmod(file, 0o755);
    const program = helperFromProgram('deaf', { env: env() });
    await expect(
      program.store('reg.io', { username: 'u', secret: 's'.repeat(1 << 20) }),
    ).resolves.toBeUndefined();
    expect(await program.get('reg.io')).toEqual({ username: 'u', secret: 's' });
  });

  it('says that a helper cannot be started', async () => {
    await mkdir(temp.path('bin'));
    const file = temp.path('bin', 'docker-credential-broken');
    await writeFile(file, '#!/no/such/interpreter\n');
    await chmod(file, 0o755);
    const error = await failure(helperFromProgram('broken', { env: env() }).get('reg.io'));
    expect(error.message).toContain('cannot be started');
    expect(error.cause).toMatchObject({ code: 'ENOENT' });
  });

  it.each([
    '../x',
    'a;b',
    '/bin/sh',
    'a b',
    'a\nb',
    '',
    '.hidden',
    '-x',
    'a$(id)',
    'ä',
    'a\0',
    'x'.repeat(200),
  ])('A17: refuses the name %j', (name) => {
    expect(() => helperFromProgram(name)).toThrow(AuthError);
    expect(() => helperFromProgram(name)).not.toThrow(/[\n\0]/);
  });

  it('A17: accepts names such as ecr-login, desktop.exe and osx_keychain', () => {
    for (const name of ['ecr-login', 'desktop.exe', 'osx_keychain', 'a..b', '1password']) {
      expect(() => helperFromProgram(name)).not.toThrow();
    }
  });

  it.each(['reg.io\r\nevil', 'reg.io\n', 'reg.io\0', 'reg\x1b.io', ''])(
    'A18: refuses the server %j',
    async (serverUrl) => {
      const script = await writeHelper(temp.path('bin'), 'test', credentialStore({}));
      const program = helperFromProgram('test', { env: env() });
      const errors = [
        await failure(program.get(serverUrl)),
        await failure(program.erase(serverUrl)),
        await failure(program.store(serverUrl, { username: 'u', secret: 's' })),
      ];
      for (const { message } of errors) expect(message).not.toMatch(/\p{Cc}/u);
      expect(script.runs()).toEqual([]);
    },
  );

  it('never looks for the program in the current directory', async () => {
    await writeHelper(temp.path('bin'), 'test', credentialStore({ 'reg.io': ['u', 's'] }));
    const relative = path.relative(process.cwd(), temp.path('bin'));
    for (const PATH of [relative, '', '.', undefined]) {
      await failure(helperFromProgram('test', { env: { PATH } }).get('reg.io'));
    }
    expect(
      await helperFromProgram('test', { env: { PATH: `:.:${temp.path('bin')}` } }).get('reg.io'),
    ).toBeDefined();
  });

  it('skips files on PATH that are not programs', async () => {
    await mkdir(temp.path('first', 'docker-credential-test'), { recursive: true });
    await mkdir(temp.path('second'));
    await writeFile(temp.path('second', 'docker-credential-test'), 'not executable', { mode: 0o644 });
    await writeHelper(temp.path('bin'), 'test', credentialStore({ 'reg.io': ['u', 's'] }));
    const PATH = [temp.path('first'), temp.path('second'), temp.path('bin')].join(path.delimiter);
    expect(await helperFromProgram('test', { env: { PATH } }).get('reg.io')).toEqual({
      username: 'u',
      secret: 's',
    });
  });

  it('gives the helper the variables of `env`, and no others', async () => {
    const program = await helper(
      `console.log(JSON.stringify({ Username: Object.keys(process.env).sort().join(), Secret: 's' }))`,
      {
        env: { ...env(), AWS_PROFILE: 'x' },
      },
    );
    expect((await program.get('reg.io'))?.username).toMatch(/^AWS_PROFILE,PATH(,.*)?$/);
  });

  it('A21: hides a secret that a helper prints when it fails to store it', async () => {
    const program = await helper(
      `console.log('cannot store ' + JSON.parse(input).Secret); process.exitCode = 1`,
    );
    const error = await failure(program.store('reg.io', { username: 'u', secret: 'CANARY' }));
    expect(error.message).toContain('cannot store ***');
    expect(inspect(error)).not.toContain('CANARY');
  });

  it('A21: does not quote output of a failing helper that looks like credentials', async () => {
    const program = await helper(`console.log('{"Username":"u","Secret":"CANARY"}'); process.exitCode = 1`);
    expect(inspect(await failure(program.get('reg.io')))).not.toContain('CANARY');
  });

  it('refuses invalid limits', () => {
    for (const options of [{ timeoutMs: 0 }, { timeoutMs: Infinity }, { maxBytes: -1 }, { maxBytes: 1.5 }]) {
      expect(() => helperFromProgram('x', options)).toThrow(TypeError);
    }
  });
});
