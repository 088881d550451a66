import { beforeEach, describe, expect, it } from '@jest/globals';
import * as crane from '../../src/crane/index.js';
import { gantry } from '../support/programs/gantry.js';
import { directory, file, layeredImage, symlink } from '../support/images/layered-image.js';
import { useRegistry } from '../support/servers/use-registry.js';

const registry = useRegistry();
let before: string;
let after: string;

beforeEach(async () => {
  const base = [
    directory('etc', { mode: 0o755 }),
    file('etc/passwd', 'root:x:0:0\n', { mode: 0o644 }),
    file('etc/shadow', '', { mode: 0o600 }),
    symlink('etc/users', 'passwd'),
  ];
  const app = (text: string) => [file('app/run', text, { mode: 0o4755, uid: 7 }), file('app/same', 'same')];
  before = `${registry.host}/app:1`;
  after = `${registry.host}/app:2`;
  await crane.push(await layeredImage([base, app('one')]), before);
  await crane.push(await layeredImage([base, [...app('two'), file('etc/.wh.shadow', '')]]), after);
});

async function stdoutOf(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await gantry([...args, '--quiet']);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return stdout;
}

describe('gantry files', () => {
  it('lists all files', async () => {
    const paths = ['/app', '/app/run', '/app/same', '/etc', '/etc/passwd', '/etc/shadow', '/etc/users'];
    expect(await stdoutOf('files', before)).toBe(`${paths.join('\n')}\n`);
    expect(await stdoutOf('files', '--depth', '1', before)).toBe('/app\n/etc\n');
  });

  it('prints types, permissions, owners, sizes and links with --long', async () => {
    expect(await stdoutOf('files', '-l', before, '/app')).toContain(
      '-rwsr-xr-x 7/0                3 1970-01-01 00:00 /app/run\n',
    );
    expect(await stdoutOf('files', '-l', before, '/etc')).toContain('/etc/users -> passwd\n');
  });

  it('prints a file through a link with --cat', async () => {
    expect(await stdoutOf('files', '--cat', before, '/etc/users')).toBe('root:x:0:0\n');
  });

  it('finds files by pattern and describes them as JSON', async () => {
    const lines = (await stdoutOf('files', '--json', '--find', 'pass*', before)).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { path: '/etc/passwd', type: 'file', size: 11, mode: 0o644, layer: { index: 0 } },
    ]);
  });

  it('exits with 3 and suggests a name if the path does not exist', async () => {
    const { code, stderr } = await gantry(['files', '--cat', before, '/etc/paswd']);
    expect(code).toBe(3);
    expect(stderr).toContain('/etc/paswd: not in the image');
    expect(stderr).toContain('did you mean /etc/passwd?');
  });

  it('exits with 2 for flags that do not fit together', async () => {
    expect((await gantry(['files', '--cat', before])).code).toBe(2);
    expect((await gantry(['files', '--cat', '--json', before, '/etc/passwd'])).code).toBe(2);
    expect((await gantry(['files', '--find', '*', before, '/etc'])).code).toBe(2);
  });
});

describe('gantry diff', () => {
  it('prints layers and files that differ', async () => {
    const printed = await stdoutOf('diff', before, after);
    expect(printed.split('\n').slice(2)).toEqual(['~ /app/run (content)', '- /etc/shadow', '']);
    expect(printed).toMatch(/^- layer sha256:[0-9a-f]{64}\n\+ layer sha256:[0-9a-f]{64}\n/);
  });

  it('prints nothing for equal images', async () => {
    expect(await stdoutOf('diff', before, before)).toBe('');
  });

  it('prints everything as JSON', async () => {
    expect(JSON.parse(await stdoutOf('diff', '--json', before, after))).toMatchObject({
      layers: { shared: [expect.any(String)], removed: [expect.any(String)], added: [expect.any(String)] },
      config: [],
      files: [
        { kind: 'changed', path: '/app/run', aspects: ['content'], before: { size: 3 }, after: { size: 3 } },
        { kind: 'removed', path: '/etc/shadow', before: { mode: 0o600 } },
      ],
    });
  });
});
