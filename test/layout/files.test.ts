import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { UnsafePathError } from '../../src/errors/invalid/path.js';
import * as layout from '../../src/layout/index.js';
import { newHash } from '../../src/v1/hash.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const create = async (): Promise<layout.Path> => layout.fromPath(dir.path('layout'), { create: true });
const blobNames = async (): Promise<string[]> => readdir(dir.path('layout/blobs/sha256'));
const hexOf = (digest: string): string => digest.slice(digest.indexOf(':') + 1);

describe('writeBlob', () => {
  const content = Buffer.from('blob');
  const digest = newHash(sha256Of(content));

  it('accepts only content with the given digest', async () => {
    const path = await create();
    const wrong = Readable.from([Buffer.from('other')], { objectMode: false });
    await expect(path.writeBlob(digest, wrong)).rejects.toThrow(DigestMismatchError);
    expect(wrong.destroyed).toBe(true);
    await path.writeBlob(digest, Readable.from([content], { objectMode: false }));
    expect(await path.bytes(digest)).toEqual(content);
    expect(await blobNames()).toEqual([hexOf(digest)]);
  });

  it('writes and reads sha512', async () => {
    const long = newHash(`sha512:${createHash('sha512').update(content).digest('hex')}`);
    const path = await create();
    await path.writeBlob(long, Readable.from([content], { objectMode: false }));
    expect(await readFile(dir.path('layout/blobs/sha512', hexOf(long)))).toEqual(content);
    expect(await readAll(await path.blob(long))).toEqual(content);
  });

  it('replaces a damaged blob and keeps an intact one', async () => {
    const path = await create();
    await mkdir(dir.path('layout/blobs/sha256'), { recursive: true });
    await writeFile(dir.path('layout/blobs/sha256', hexOf(digest)), 'blub');
    await path.writeBlob(digest, Readable.from([content], { objectMode: false }));
    expect(await path.bytes(digest)).toEqual(content);
    const unread = Readable.from([Buffer.from('not read')], { objectMode: false });
    await path.writeBlob(digest, unread);
    expect(unread.destroyed).toBe(true);
  });

  it('is undone by removeBlob, which accepts a blob that does not exist', async () => {
    const path = await create();
    await path.writeBlob(digest, Readable.from([content], { objectMode: false }));
    await path.removeBlob(digest);
    await path.removeBlob(digest);
    expect(await blobNames()).toEqual([]);
  });

  it('replaces a symbolic link instead of writing through it', async () => {
    const path = await create();
    await mkdir(dir.path('layout/blobs/sha256'), { recursive: true });
    await writeFile(dir.path('outside'), content);
    await symlink(dir.path('outside'), dir.path('layout/blobs/sha256', hexOf(digest)));
    await path.writeBlob(digest, Readable.from([content], { objectMode: false }));
    expect(await path.bytes(digest)).toEqual(content);
  });
});

describe('writeFile', () => {
  it('writes any file inside the layout, and no file outside', async () => {
    const path = await create();
    await path.writeFile('notes', Buffer.from('text'));
    expect(await readFile(dir.path('layout/notes'), 'utf8')).toBe('text');
    for (const name of ['../notes', '/etc/notes', '', '.']) {
      await expect(path.writeFile(name, Buffer.from('x'))).rejects.toThrow(UnsafePathError);
    }
  });
});
