import { execFile } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);

/** Builds on a base in a registry of its own, pushes the image, and checks what was pushed. */
const PROGRAM = `
const { build, crane, empty, mutate, registry, validate } = await import(process.env.LIBRARY);
const server = await registry.serve();
const base = server.host + '/base:1';
const layer = crane.layer({ 'etc/passwd': Buffer.from('app:x:7:8::/:/x\\n'), file: Buffer.from('x') });
await crane.push(mutate.appendLayers(empty.image, [layer]), base);
const text = 'FROM ' + base + ' AS one\\nWORKDIR /w\\nCOPY . .\\nFROM ' + base +
  '\\nUSER app\\nWORKDIR /own\\nCOPY --from=one --chown=app /w /w\\nADD t.tgz /t/\\n';
const image = await build.image({ context: process.argv[1], workDirectory: process.argv[2], dockerfile: { text } });
await crane.push(image, server.host + '/app:1');
await image[Symbol.asyncDispose]();
await validate.image(await crane.pull(server.host + '/app:1'));
await server.close();
console.log('done', process.getuid());
`;

const isRoot = process.getuid?.() === 0;
const NOBODY = 65_534;

/** Runs a command as an ordinary user. */
const AS_NOBODY = ['setpriv', '--reuid', String(NOBODY), '--regid', String(NOBODY), '--clear-groups'];

/** Runs a command as an ordinary user, in a network that has only the loopback device. */
const CONFINED = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...AS_NOBODY];

describe('a build by an ordinary user', () => {
  let root = '';

  beforeEach(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'containerregistry-confined-'));
    await chmod(root, 0o755);
  });
  afterEach(async () => {
    await rm(root, { recursive: true, force: true });
  });

  it('needs no privilege, no home directory and no network, and writes only into its work directory', async () => {
    const context = path.join(root, 'context');
    const work = path.join(root, 'work');
    await mkdir(context);
    await writeFile(path.join(context, 'a.txt'), 'a');
    await chmod(path.join(context, 'a.txt'), 0o644);
    await run('tar', ['-C', context, '-czf', path.join(root, 't.tgz'), 'a.txt']);
    await run('mv', [path.join(root, 't.tgz'), context]);
    await mkdir(work);
    if (isRoot) await chown(work, NOBODY, NOBODY);
    const marker = path.join(root, 'marker');
    await writeFile(marker, '');
    const library = pathToFileURL(path.resolve('dist/index.js')).href;
    const node = [process.execPath, '--input-type=module', '-e', PROGRAM, context, work];
    const asNobody = isRoot && (await canRead(path.resolve('dist/index.js')));
    const [command = '', ...args] = asNobody ? [...CONFINED, ...node] : node;
    const temporary = path.join(root, 'tmp');
    await mkdir(temporary, { mode: 0o555 });
    const { stdout } = await run(command, args, {
      env: { LIBRARY: library, PATH: process.env.PATH, TMPDIR: temporary },
    });
    expect(stdout).toBe(`done ${asNobody ? NOBODY : process.getuid?.()}\n`);
    expect(await readdir(work)).toEqual([]);
    expect(await newerIn(root, marker)).toEqual(['tmp', 'work']);
  });
});

/** Whether the ordinary user can read a file: the checkout may lie in a directory that is root's alone. */
async function canRead(file: string): Promise<boolean> {
  const [command = '', ...args] = AS_NOBODY;
  return run(command, [...args, 'test', '-r', file]).then(
    () => true,
    () => false,
  );
}

/** The paths below a directory that were changed after a file. */
async function newerIn(directory: string, marker: string): Promise<readonly string[]> {
  const { mtimeMs } = await lstat(marker);
  const names = await readdir(directory, { recursive: true });
  const changed = await Promise.all(
    names.map(async (name) => ((await lstat(path.join(directory, name))).mtimeMs > mtimeMs ? name : [])),
  );
  return changed.flat().sort();
}
