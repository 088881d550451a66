import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { gantry } from '../support/programs/gantry.js';
import { useServers } from '../support/servers/http-server.js';
import { startRegistry } from '../support/servers/start-registry.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();
const registry = useRegistry();

/** Runs a command that must fail with one line and nothing on stdout; resolves to the line after `Error: `. */
async function errorOf(code: number, ...args: readonly string[]): Promise<string> {
  const outcome = await gantry(args);
  expect(outcome.stdout).toBe('');
  expect(outcome.stderr).toMatch(/^Error: [^\n]+\n$/);
  expect(outcome.stderr).not.toMatch(/\n {4}at |node_modules|undefined|\[object/);
  expect({ args, code: outcome.code }).toEqual({ args, code });
  return outcome.stderr.trim().slice('Error: '.length);
}

describe('a usage error prints one line and exits with 2', () => {
  it.each([
    [['dgst', 'a'], "unknown command 'dgst' (Did you mean digest?); see `gantry --help`"],
    [['push'], "missing required argument 'path'; see `gantry push --help`"],
    [['ls', 'a', 'b'], "too many arguments for 'ls'. Expected 1 argument but got 2; see `gantry ls --help`"],
    [['ls', '--nope', 'a'], "unknown option '--nope'; see `gantry ls --help`"],
    [['auth', 'logn', 'a'], "unknown command 'logn' (Did you mean login?); see `gantry auth --help`"],
    [
      ['cp', 'a', 'b', '-j', '0'],
      /-j.*The value must be a whole number, at least 1; see `gantry cp --help`$/,
    ],
    [['pull', 'a'], 'name one or more images and a path'],
    [['pull', '--format', 'zip', 'a', 'b'], /Allowed choices are tarball, legacy, oci/],
    [['ls', '--progress', 'loud', 'a'], /Allowed choices are auto, bars, lines, json, none/],
    [['ls', '--platform'], "option '--platform <platform>' argument missing; see `gantry ls --help`"],
    [['digest'], 'no image named; give a reference, or an archive with --tarball'],
    [['digest', '--tarball', 'x', '--full-ref'], '--full-ref cannot be used with --tarball'],
    [['digest', 'Upper/Case'], /^cannot parse "Upper\/Case": .*upper-case.*; write it in lower case$/],
    [['digest', '--platform', 'a/b/c/d', 'x'], /^cannot parse platform .*; a platform is os/],
    [['blob', 'repo:tag'], /^cannot parse "repo:tag"/],
    [
      ['registry', 'serve', '--port', '70000'],
      /The value must be a port from 0 to 65535; see `gantry registry serve --help`$/,
    ],
    [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish, powershell/],
    [
      ['auth', 'login', 'r.example', '-u', 'me'],
      'user name and password are needed; give -u and --password-stdin; only a person at a terminal is asked for them',
    ],
  ])('%j', async (args, message) => {
    const line = await errorOf(2, ...args);
    if (typeof message === 'string') expect(line).toBe(message);
    else expect(line).toMatch(message);
  });
});

describe('not found: exit code 3 for', () => {
  it('an unknown tag, with a hint how to list the tags', async () => {
    const app = `${registry.host}/app`;
    await crane.push(crane.image({ a: Buffer.from('a') }), `${app}:v1`);
    for (const verb of ['digest', 'manifest', 'config']) {
      expect(await errorOf(3, verb, `${app}:v2`)).toMatch(
        new RegExp(
          `^manifest ${app}:v2: the registry does not have it.*; did you mean v1\\? \`gantry ls ${app}\` lists its tags$`,
        ),
      );
    }
    await errorOf(3, 'pull', `${app}:v2`, temp.path('x.tar'));
    await errorOf(3, 'copy', `${app}:v2`, `${app}:v3`);
    await errorOf(3, 'tag', `${app}:v2`, 'v3');
    await errorOf(3, 'delete', `${app}:v2`);
    await errorOf(3, 'validate', '--remote', `${app}:v2`);
  });

  it('an unknown repository and blob', async () => {
    expect(await errorOf(3, 'ls', `${registry.host}/nope`)).toContain('check the name of the repository');
    await errorOf(3, 'blob', `${registry.host}/app@sha256:${'0'.repeat(64)}`);
  });

  it('a file', async () => {
    const missing = temp.path('missing.tar');
    expect(await errorOf(3, 'push', missing, `${registry.host}/app`)).toContain(
      `${missing}: no such file or directory`,
    );
    await errorOf(3, 'digest', '--tarball', missing);
    await errorOf(3, 'validate', '--layout', missing);
  });

  it('credentials, with the text of a credential helper on stdout', async () => {
    const { code, stdout, stderr } = await gantry(['auth', 'get', 'r.example']);
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'credentials not found in native keychain\n' });
    expect(stderr).toBe(
      'Error: there are no credentials for r.example; `gantry auth login r.example` stores some\n',
    );
  });
});

it('a wrong or missing password exits with 4 and names the login command', async () => {
  const guarded = await startRegistry({ auth: { basic: { users: { me: 'right' }, realm: 'test' } } });
  try {
    const line = await errorOf(4, 'digest', `${guarded.host}/app:v1`);
    expect(line).toContain(
      `; log in with \`gantry auth login ${guarded.host}\`: no credentials are stored for ${guarded.host}`,
    );
    const auth = Buffer.from('me:wrong').toString('base64');
    await mkdir(temp.path('docker'));
    await writeFile(temp.path('docker/config.json'), JSON.stringify({ auths: { [guarded.host]: { auth } } }));
    const wrong = await gantry(['digest', `${guarded.host}/app:v1`], {
      env: { DOCKER_CONFIG: temp.path('docker'), HOME: temp.path() },
    });
    expect(wrong.code).toBe(4);
    expect(wrong.stderr).toMatch(/^Error: [^\n]+\n$/);
    expect(wrong.stderr).not.toContain('wrong');
    expect(wrong.stderr).not.toContain(auth);
  } finally {
    await guarded.close();
  }
});

describe('network failure: exit code 5 for', () => {
  it('a registry that does not run', async () => {
    const gone = await startRegistry();
    await gone.close();
    expect(await errorOf(5, 'digest', `${gone.host}/app`)).toContain(
      'connection refused; check the name and port of the registry, and that it is running',
    );
  });

  it('a host that does not exist', async () => {
    expect(await errorOf(5, 'digest', 'registry.invalid/app')).toMatch(/no such host|name lookup failed/);
  });

  it('a certificate of an unknown authority, with a hint', async () => {
    const { tls } = await import('../../src/registry/tls.js');
    const server = await tls('localhost');
    try {
      expect(await errorOf(5, 'digest', `${server.host}/app`)).toMatch(
        /certificate.*; name a file with its authority's certificate in NODE_EXTRA_CA_CERTS, or give --insecure/,
      );
      expect((await gantry(['digest', '--insecure', `${server.host}/app`])).code).toBe(3);
    } finally {
      await server.close();
    }
  });

  it('a server that is not a registry', async () => {
    const server = await servers.http((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>');
    });
    expect(await errorOf(5, 'digest', `${server.host}/app`)).toContain('not a registry');
  });
});

describe('invalid content: exit code 6 for', () => {
  it('a truncated archive', async () => {
    const image = crane.image({ a: Buffer.alloc(20_000, 'a') });
    await crane.save(image, 'app:v1', temp.path('app.tar'));
    const { readFile } = await import('node:fs/promises');
    const whole = await readFile(temp.path('app.tar'));
    for (const length of [whole.length / 2, 700]) {
      await writeFile(temp.path('cut.tar'), whole.subarray(0, length));
      await errorOf(6, 'push', temp.path('cut.tar'), `${registry.host}/app:v1`);
    }
    expect(registry.requests.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it('a file that is not an archive', async () => {
    await writeFile(temp.path('note.txt'), 'just a note');
    await errorOf(6, 'push', temp.path('note.txt'), `${registry.host}/app:v1`);
  });
});

it('the error for a directory that is not a layout names the directory', async () => {
  await mkdir(temp.path('empty'));
  const { code, stderr } = await gantry(['push', temp.path('empty'), `${registry.host}/app:v1`]);
  expect(code).not.toBe(0);
  expect(stderr).toMatch(/^Error: [^\n]*empty[^\n]*\n$/);
});

describe('V8: the ID of an image is distinguished from a reference', () => {
  const hex = 'ab'.repeat(32);
  it.each(['digest', 'manifest', 'config', 'export', 'blob', 'ls', 'delete', 'flatten', 'mutate', 'rebase'])(
    'by %s',
    async (verb) => {
      for (const id of [hex, `sha256:${hex}`]) {
        expect(await errorOf(2, verb, id)).toBe(
          `cannot parse "${id}": it is the ID or the digest of an image, not a reference; ` +
            `write docker-daemon:sha256:${hex} for an image of a Docker Engine, or ` +
            `REPOSITORY@sha256:${hex} for one of a registry`,
        );
      }
    },
  );
});

describe('V9: an unknown command is an error, even with help', () => {
  it.each([
    [['dgst', '--help'], "unknown command 'dgst' (Did you mean digest?); see `gantry --help`"],
    [['--help', 'dgst'], "unknown command 'dgst' (Did you mean digest?); see `gantry --help`"],
    [['dgst', '-h', '--insecure'], "unknown command 'dgst' (Did you mean digest?); see `gantry --help`"],
    [['help', 'dgst'], "unknown command 'dgst' (Did you mean digest?); see `gantry --help`"],
    [['auth', 'logn', '--help'], "unknown command 'logn' (Did you mean login?); see `gantry auth --help`"],
    [['help', 'auth', 'logn'], "unknown command 'logn' (Did you mean login?); see `gantry auth --help`"],
  ])('%j', async (args, message) => {
    expect(await errorOf(2, ...args)).toBe(message);
  });

  it.each([
    [['copy', 'a', 'b', '--help']],
    [['--help', 'copy']],
    [['help', 'auth', 'login']],
    [['auth', '-h']],
  ])('%j is help', async (args) => {
    const { code, stdout, stderr } = await gantry(args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: gantry /);
  });
});

describe('a reference that is also the name of a file', () => {
  it('V9: is not mentioned if it was used as a file, or if the registry gives another reason', async () => {
    const image = crane.image({ a: Buffer.from('a') });
    await crane.save(image, 'app:v1', temp.path('app.tar'));
    const before = process.cwd();
    process.chdir(temp.path());
    try {
      for (const status of [401, 403, 507]) {
        const server = await servers.http((request, response) => {
          response.writeHead(request.url === '/v2/' ? 200 : status).end();
        });
        const { code, stderr } = await gantry(['push', 'app.tar', `${server.host}/app:v1`, '-q']);
        expect(code).not.toBe(0);
        expect(stderr).not.toContain('if you mean');
      }
      for (const args of [
        ['push', 'app.tar', `${registry.host}/UPPER`],
        ['pull', `${registry.host}/app:none`, 'app.tar'],
        ['export', `${registry.host}/app:none`, 'app.tar'],
        ['layout', 'ls', 'app.tar'],
        ['validate', '--tarball', 'app.tar', '--remote', `${registry.host}/app:none`],
      ]) {
        expect((await gantry(args)).stderr).not.toContain('if you mean');
      }
    } finally {
      process.chdir(before);
    }
  });

  it('is mentioned if it fails as a reference', async () => {
    expect(await errorOf(2, 'digest', 'README.md')).toMatch(
      /; if you mean the file README\.md, write \.\/README\.md$/,
    );
    expect(await errorOf(2, 'digest', 'MISSING.md')).not.toContain('if you mean');
    expect((await gantry(['digest', './README.md'])).stderr).not.toContain('if you mean');
  });
});
