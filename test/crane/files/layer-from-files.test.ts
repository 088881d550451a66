import { appendFile, chmod, rename, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import * as crane from '../../../src/crane/index.js';
import * as empty from '../../../src/empty/index.js';
import * as mutate from '../../../src/mutate/index.js';
import type { Image } from '../../../src/v1/image.js';
import { headersOf, makeFiles } from '../../support/archives/make-files.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';
import { unpackInMemory } from '../../support/archives/unpack-in-memory.js';

const temp = useTempDir();
const made = async (files: Readonly<Record<string, string | Buffer>>, root = 'dir'): Promise<string> =>
  makeFiles(temp.path(root), files);

describe('crane.layerFromFiles', () => {
  it('gives the same layer as layerFromDirectory, in whatever order the files are listed', async () => {
    const dir = await made({ 'a/x': '1', 'a-b': '2', c: '' });
    await chmod(path.join(dir, 'c'), 0o755);
    const listed = ['c', 'a-b', 'a', 'a/x'].map((name) => ({
      path: `/opt/${name}/`,
      from: path.join(dir, name),
    }));
    const whole = crane.layerFromDirectory(dir, { target: 'opt' });
    expect(await crane.layerFromFiles(listed).digest()).toBe(await whole.digest());
    expect(await crane.layerFromFiles(listed.reverse()).digest()).toBe(await whole.digest());
  });

  it('accepts bytes, and prefers the metadata of a file to the options', async () => {
    const layer = crane.layerFromFiles(
      [
        { path: 'run', from: Buffer.from('#!/bin/sh\n'), mode: 0o755, uid: 3 },
        { path: 'conf', from: Buffer.from('x'), time: new Date(5000) },
      ],
      { owner: { uid: 1, gid: 2 }, time: new Date(1000) },
    );
    expect(
      (await headersOf(layer)).map(({ name, mode, uid, gid, mtime }) => [name, mode, uid, gid, mtime]),
    ).toEqual([
      ['conf', 0o644, 1, 2, 5],
      ['run', 0o755, 3, 2, 1],
    ]);
    expect((await unpackInMemory(await layer.uncompressed())).get('run')!.content).toBe('#!/bin/sh\n');
  });

  it('refuses paths that repeat or climb', () => {
    const from = Buffer.from('');
    expect(() =>
      crane.layerFromFiles([
        { path: 'a', from },
        { path: '/./a', from },
      ]),
    ).toThrow(TypeError);
    expect(() => crane.layerFromFiles([{ path: '../a', from }])).toThrow('outside the root');
  });
});

describe('crane.append', () => {
  it('gives a layer the media type of its base', async () => {
    const dir = await made({ a: 'x' });
    const types = async (image: Promise<Image>): Promise<readonly string[]> =>
      (await (await image).manifest()).layers.map(({ mediaType }) => mediaType);
    const layers = (['gzip', 'none'] as const).map((compression) =>
      crane.layerFromDirectory(dir, { compression }),
    );
    expect(await types(crane.append(mutate.toOci(empty.image), layers))).toEqual([
      'application/vnd.oci.image.layer.v1.tar+gzip',
      'application/vnd.oci.image.layer.v1.tar',
    ]);
    expect(await types(crane.append(empty.image, layers))).toEqual([
      'application/vnd.docker.image.rootfs.diff.tar.gzip',
      'application/vnd.docker.image.rootfs.diff.tar',
    ]);
  });
});

describe('a layer of files that change while they are read', () => {
  /** Reads a layer of a large file until its body is being read, and then changes the file. */
  const during = async (change: (file: string) => Promise<void>): Promise<unknown> => {
    const dir = await made({ large: Buffer.alloc(8 * 1024 * 1024, 1) });
    const tar: Readable = await crane.layerFromDirectory(dir, { compression: 'none' }).uncompressed();
    const error = (async () => {
      let changed = false;
      for await (const _chunk of tar) {
        if (!changed) await change(path.join(dir, 'large'));
        changed = true;
      }
    })();
    return error.then(
      () => 'read to its end',
      (reason: unknown) => reason,
    );
  };

  it.each([
    ['grows', async (file: string) => appendFile(file, 'more')],
    ['becomes shorter', async (file: string) => truncate(file, 5_000_000)],
    ['becomes empty', async (file: string) => truncate(file, 0)],
    ['is written to', async (file: string) => utimes(file, 1, 1)],
  ])('fails if a file %s', async (_what, change) => {
    expect(await during(change)).toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  it('reads the opened file to its end if another file replaces it', async () => {
    const outcome = await during(async (file) => {
      await rename(file, `${file}.old`);
      await writeFile(file, 'other');
    });
    expect(outcome).toBe('read to its end');
  });

  it('keeps the content that its digest was computed from', async () => {
    const dir = await made({ a: 'before' });
    const layer = crane.layerFromDirectory(dir);
    const digest = await layer.digest();
    await writeFile(path.join(dir, 'a'), 'afterwards');
    expect((await unpackInMemory(await layer.uncompressed())).get('a')!.content).toBe('before');
    expect(await layer.digest()).toBe(digest);
    const plain = crane.layerFromDirectory(dir, { compression: 'none' });
    await plain.digest();
    await writeFile(path.join(dir, 'a'), 'and again!');
    await expect(readAll(await plain.compressed())).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
  });
});
