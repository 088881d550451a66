import { type ChildProcess, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane, random } from 'containerregistry';
import { outcomeOf } from '../support/programs/child.js';
import { startGantry, startGantryShell } from '../support/programs/gantry.js';
import { startRegistry } from '../support/servers/start-registry.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const MIB = 1024 * 1024;
const registry = useRegistry();
let app: string;
beforeEach(() => {
  app = `${registry.host}/app`;
});

it('X1: a second signal ends the process without waiting for the cleanup', async () => {
  const child = startGantry(['registry', 'serve']);
  const outcome = outcomeOf(child);
  const [line] = (await once(child.stdout!, 'data')) as [Buffer];
  const { port } = new URL(line.toString());
  // An unfinished upload delays the close of the server.
  const upload = connect(Number(port), '127.0.0.1');
  upload.on('error', () => undefined);
  upload.write(
    'POST /v2/app/blobs/uploads/ HTTP/1.1\r\nHost: r\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n',
  );
  await once(upload, 'data');
  upload.write('half');
  child.kill('SIGTERM');
  await refused(Number(port));
  child.kill('SIGINT');
  expect(await outcome).toMatchObject({ code: 130 });
  upload.destroy();
});

it('X1: a registry that serves exits with 0 after a signal', async () => {
  const child = startGantry(['registry', 'serve']);
  const outcome = outcomeOf(child);
  await once(child.stdout!, 'data');
  child.kill('SIGTERM');
  expect(await outcome).toMatchObject({ code: 0, stderr: '' });
});

/** Waits until no process listens on a port. */
async function refused(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => {
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    socket.destroy();
    if (!open) return;
  }
}

describe('X2: a reader that closes stdout early', () => {
  const script = (command: string): ChildProcess =>
    startGantryShell(`${command} | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`);

  it('is not an error', async () => {
    const layer = random.layer(8 * MIB);
    await crane.upload(layer, app);
    const { stdout, stderr } = await outcomeOf(
      script(`"$NODE" "$GANTRY" blob ${app}@${await layer.digest()}`),
    );
    expect({ stdout, stderr }).toEqual({ stdout: '141\n', stderr: '' });
  });

  it('is not noticed if all output was written', async () => {
    await crane.push(crane.image({ a: Buffer.from('a') }), `${app}:v1`);
    for (const verb of ['manifest', 'config', 'digest']) {
      const { stdout, stderr } = await outcomeOf(script(`"$NODE" "$GANTRY" ${verb} ${app}:v1`));
      expect(stderr).toBe('');
      expect(['0\n', '141\n']).toContain(stdout);
    }
  });

  it('ends a long list without a message', async () => {
    await crane.push(crane.image({ a: Buffer.from('a') }), `${app}:v0`);
    for (let index = 1; index < 50; index += 1) await crane.tag(`${app}:v0`, `${'x'.repeat(100)}${index}`);
    const { stdout, stderr } = await outcomeOf(script(`"$NODE" "$GANTRY" ls ${app}`));
    expect(stderr).toBe('');
    expect(['0\n', '141\n']).toContain(stdout);
  });
});

describe('V12: stdout that cannot be written', () => {
  it.each([['help'], ['version'], ['completion bash'], ['copy --help']])(
    'is an error of %s',
    async (args) => {
      const { stdout, stderr } = await outcomeOf(
        startGantryShell(`"$NODE" "$GANTRY" ${args} > /dev/full; echo $?`),
      );
      expect(stdout).toBe('1\n');
      expect(stderr).toMatch(/^Error: [^\n]*no space left on device[^\n]*\n$/);
    },
  );

  it.each([['<&-'], ['2>&-'], ['<&- 2>&-']])('and closed streams end nothing: %s', async (closed) => {
    const { stdout } = await outcomeOf(startGantryShell(`"$NODE" "$GANTRY" version ${closed}; echo $?`));
    expect(stdout).toMatch(/^\S+\n0\n$/);
  });

  it('does not get an error if the reader of an export closes it', async () => {
    await crane.saveOci(crane.image({ big: Buffer.alloc(8 * MIB, 'a') }), temp.path('layout'));
    const command = `"$NODE" "$GANTRY" export 'oci:${temp.path('layout')}' - | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
    const { stdout, stderr } = await outcomeOf(startGantryShell(command, { TMPDIR: temp.path() }));
    expect({ stdout, stderr }).toEqual({ stdout: '141\n', stderr: '' });
    expect(await readdir(temp.path())).toEqual(['layout']);
  });
});

const mounts = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
if (!mounts) console.warn('skipped: a full disk (this user may not mount)');

(mounts ? describe : describe.skip)('X2: a full disk', () => {
  const full = async (args: string): Promise<{ code: string; stderr: string; left: string }> => {
    const shell = [
      'mount -t tmpfs -o size=1m none "$DIR" || exit 99',
      `"$NODE" "$GANTRY" ${args}`,
      'echo "code $?"',
      'cd "$DIR"; find . -type f; umount -l "$DIR"',
    ].join('\n');
    const { stdout, stderr, code } = await outcomeOf(
      startGantryShell(shell, { DIR: temp.path(), TMPDIR: temp.path() }, true),
    );
    if (code === 99) throw new Error(`cannot mount: ${stderr}`);
    const [first = '', ...left] = stdout.trim().split('\n');
    return { code: first, stderr, left: left.join('\n') };
  };

  it.each([['tarball'], ['oci']])('fails a pull as %s with one line, and leaves no file', async (format) => {
    await crane.push(random.image(4 * MIB, 1), `${app}:v1`);
    const result = await full(`pull -q --format ${format} ${app}:v1 "$DIR/out"`);
    expect(result.code).toBe('code 1');
    expect(result.stderr).toMatch(/^Error: [^\n]*no space left on device; free space, [^\n]*\n$/);
    expect(result.left.split('\n').filter((name) => !/oci-layout$|index\.json$|^$/.test(name))).toEqual([]);
  });

  it('fails a command that writes to stdout with one line', async () => {
    const layer = random.layer(4 * MIB);
    await crane.upload(layer, app);
    const result = await full(`blob -q ${app}@${await layer.digest()} > "$DIR/out"`);
    expect(result.code).toBe('code 1');
    expect(result.stderr).toMatch(/^Error: [^\n]*no space left on device[^\n]*\n$/);
  });
});

describe('a process', () => {
  it('writes data to stdout, everything else to stderr, and exits without help', async () => {
    await crane.saveOci(random.image(1000, 20), temp.path('layout'));
    const { code, stdout, stderr } = await outcomeOf(startGantry(['push', temp.path('layout'), `${app}:v1`]));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\S+@sha256:[0-9a-f]{64}\n$/);
    expect(stderr).not.toMatch(/Warning|at .*\.js/);
    expect(stderr.trim().split('\n')).toHaveLength(22);
  });

  it.each([
    [0, ['version']],
    [1, ['copy', '-n', 'APP:v1', 'APP:v1']],
    [2, ['push']],
    [3, ['digest', 'APP:none']],
    [4, ['digest', 'GUARDED/app:v1']],
    [5, ['digest', '127.0.0.1:1/app']],
    [6, ['push', 'JUNK', 'APP:v1']],
  ])('ends with %i for %j', async (expected, args) => {
    const guarded = await startRegistry({ auth: { basic: { users: { me: 'right' }, realm: 'test' } } });
    await writeFile(temp.path('junk'), 'junk');
    await crane.push(crane.image({ a: Buffer.from('a') }), `${app}:v1`);
    try {
      const real = args.map((arg) =>
        arg.replace('APP', app).replace('GUARDED', guarded.host).replace('JUNK', temp.path('junk')),
      );
      const { code, stderr } = await outcomeOf(startGantry(real));
      expect(stderr).toMatch(expected === 0 ? /^$/ : /^Error: [^\n]+\n$/);
      expect(code).toBe(expected);
    } finally {
      await guarded.close();
    }
  });

  it('copies a hundred blobs without a warning of Node', async () => {
    await crane.push(random.image(100, 100), `${app}:v1`);
    const { code, stderr } = await outcomeOf(
      startGantry(['copy', '-j', '50', '-q', `${app}:v1`, `${registry.host}/mirror:v1`]),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});
