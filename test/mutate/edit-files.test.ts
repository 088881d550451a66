import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { crane, empty, errors, mutate, validate } from '../../src/index.js';
import type { Image } from '../../src/v1/image.js';
import { listStream } from '../support/archives/list-tar.js';
import type { LayerEntry } from '../support/archives/layer-tar.js';
import { directory, file, layeredImage, link, symlink } from '../support/images/layered-image.js';
import { readAll } from '../support/tools/read-all.js';

/** The entries of the highest layer as text: type, mode, owner, name and content. */
async function topLayer(image: Image): Promise<readonly string[]> {
  const layer = (await image.layers()).at(-1)!;
  const entries = await listStream(await readAll(await layer.uncompressed()));
  return entries.map(
    ({ type, mode, uid, gid, name, linkName, body }) =>
      `${type} ${mode.toString(8)} ${uid}:${gid} ${name} ${linkName}${body}`,
  );
}

/** The content of every file of the merged image. */
async function merged(image: Image): Promise<Readonly<Record<string, string>>> {
  const entries = await listStream(await readAll(mutate.extract(image)));
  return Object.fromEntries(
    entries.map(({ name, type, body, linkName }) => [name, type === 'file' ? body : linkName]),
  );
}

const base = async (...more: readonly LayerEntry[]): Promise<Image> =>
  layeredImage([
    [
      directory('etc', { mode: 0o750, uid: 3, gid: 4 }),
      file('etc/motd', 'hello', { mode: 0o640, uid: 1, gid: 2 }),
      directory('old'),
      file('old/a', 'a'),
      directory('usr/bin'),
      file('usr/bin/app', 'app', { mode: 0o755 }),
      symlink('bin', 'usr/bin'),
    ],
    [file('etc/other', 'other'), ...more],
  ]);

describe('mutate.editFiles', () => {
  it('replaces, adds and removes files by one layer, and keeps mode and owner of what exists', async () => {
    const edited = mutate.editFiles(await base(), {
      '/etc/motd': 'new',
      'etc/new/file': Buffer.from('bytes'),
      '/old': null,
    });
    await validate.image(edited);
    expect(await topLayer(edited)).toEqual([
      'directory 750 3:4 etc/ ',
      'file 640 1:2 etc/motd new',
      'directory 755 0:0 etc/new/ ',
      'file 644 0:0 etc/new/file bytes',
      'file 644 0:0 .wh.old ',
    ]);
    expect(await merged(edited)).toMatchObject({
      'etc/motd': 'new',
      'etc/new/file': 'bytes',
      'etc/other': 'other',
    });
    expect(await merged(edited)).not.toHaveProperty('old/a');
    const { history } = await edited.configFile();
    expect(history?.at(-1)).toMatchObject({ created_by: 'edit /etc/motd /etc/new/file /old' });
    expect(await edited.layers()).toHaveLength(3);
  });

  it('changes mode and owner, with the content that a lower layer has', async () => {
    const edited = mutate.editFiles(await base(), {
      '/usr/bin/app': { mode: 0o4755, owner: { uid: 7, gid: 8 } },
      '/etc': { mode: 0o700 },
    });
    expect(await topLayer(edited)).toEqual([
      'directory 700 3:4 etc/ ',
      'directory 755 0:0 usr/ ',
      'directory 755 0:0 usr/bin/ ',
      'file 4755 7:8 usr/bin/app app',
    ]);
  });

  it('follows links within the root, but removes and replaces the link itself', async () => {
    const links = await base(
      symlink('etc/conf', '/etc/motd'),
      symlink('up', '../../../etc/other'),
      symlink('gone', '/etc/motd'),
    );
    const edited = mutate.editFiles(links, {
      '/bin/app': 'changed',
      '/etc/conf': 'through',
      '/up': 'inside',
      '/gone': null,
      '/bin/link': { linkTo: '../x' },
    });
    const files = await merged(edited);
    expect(files).toMatchObject({
      ...{ 'usr/bin/app': 'changed', bin: 'usr/bin', 'etc/motd': 'through', 'etc/conf': '/etc/motd' },
      ...{ 'etc/other': 'inside', 'usr/bin/link': '../x' },
    });
    expect(files).not.toHaveProperty('gone');
  });

  it('separates a name of a hard link from the others', async () => {
    const edited = mutate.editFiles(await base(link('etc/second', 'etc/motd')), { '/etc/second': 'own' });
    expect(await merged(edited)).toMatchObject({ 'etc/motd': 'hello', 'etc/second': 'own' });
  });

  it('calls a function with the file, or with nothing if it does not exist', async () => {
    const seen: unknown[] = [];
    const edited = mutate.editFiles(await base(), {
      '/etc/motd': (before) => {
        seen.push(before);
        return `${before?.text ?? ''} and more`;
      },
      '/none': async (before) => {
        seen.push(before);
        return { content: 'x', mode: 0o600 };
      },
    });
    expect(seen).toEqual([]);
    expect(await merged(edited)).toMatchObject({ 'etc/motd': 'hello and more', none: 'x' });
    expect(seen.slice(0, 2)).toEqual([
      { mode: 0o640, uid: 1, gid: 2, text: 'hello', bytes: Buffer.from('hello') },
      undefined,
    ]);
  });

  it('makes directories, and the same digest each time', async () => {
    const edit = async (): Promise<Image> =>
      mutate.editFiles(await base(), {
        '/var/lib/app': { directory: true, mode: 0o700, owner: { uid: 5, gid: 5 } },
      });
    expect(await topLayer(await edit())).toEqual([
      ...['directory 755 0:0 var/ ', 'directory 755 0:0 var/lib/ ', 'directory 700 5:5 var/lib/app/ '],
    ]);
    expect(await (await edit()).digest()).toBe(await (await edit()).digest());
  });

  it('rejects through the image for paths that cannot be edited', async () => {
    const image = await base();
    const editing = async (edits: mutate.FileEdits, options?: mutate.EditFilesOptions): Promise<string> =>
      mutate.editFiles(image, edits, options).digest();
    await expect(editing({ '/none': null })).rejects.toThrow(errors.NotFoundError);
    await expect(editing({ '/none': { mode: 0o600 } })).rejects.toThrow('/none does not exist in the image');
    await expect(editing({ '/etc': 'x' })).rejects.toThrow(errors.UnsupportedError);
    await expect(editing({ '/etc/motd/x': 'x' })).rejects.toThrow(/etc\/motd is not a directory/);
    await expect(editing({ '/etc': { linkTo: 'x' } })).rejects.toThrow('a directory exists there');
    await expect(editing({ '/etc/motd': (f) => f!.text }, { maxFileBytes: 4 })).rejects.toMatchObject({
      option: 'maxFileBytes',
    });
    await expect(editing({ '/a': () => 5 as unknown as string })).rejects.toThrow(TypeError);
  });

  it.each([
    [null, '`edits` must be an object'],
    [{ '/': 'x' }, '"/" is not a path'],
    [{ '/a': '', a: '' }, 'has "a" twice'],
    [{ '/a': 5 }, '`edits["/a"]` must be a text'],
    [{ '/a': {} }, 'changes nothing'],
    [{ '/a': { mode: '755' } }, '`edits["/a"].mode` must be permissions'],
    [{ '/a': { owner: 1000 } }, '`edits["/a"].owner` must be { uid, gid }'],
    [{ '/a': { content: 'x', linkTo: 'y' } }, 'can have one of'],
  ])('throws a TypeError at once for %o', (edits, message) => {
    const edit = () => mutate.editFiles(empty.image, edits as unknown as mutate.FileEdits);
    expect(edit).toThrow(TypeError);
    expect(edit).toThrow(message);
  });

  it('returns an image without edits as it is, and refuses an artifact', async () => {
    const image = await base();
    expect(mutate.editFiles(image, {})).toBe(image);
    const artifact = mutate.configMediaType(image, 'application/vnd.example+json');
    await expect(mutate.editFiles(artifact, { '/a': 'x' }).digest()).rejects.toThrow(errors.UnsupportedError);
  });

  it('keeps the family and the compression, and leaves no temporary files', async () => {
    const before = (await readdir(tmpdir())).filter((name) => name.endsWith('.spool'));
    const docker = crane.image({ a: 'a' });
    const edited = mutate.editFiles(docker, { '/a': { mode: 0o600 } }, { compression: 'none' });
    expect(await (await edited.layers()).at(-1)!.mediaType()).toBe(
      'application/vnd.docker.image.rootfs.diff.tar',
    );
    expect((await readdir(tmpdir())).filter((name) => name.endsWith('.spool'))).toEqual(before);
  });
});
