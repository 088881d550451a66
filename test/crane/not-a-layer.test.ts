import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import * as crane from '../../src/crane/index.js';
import * as empty from '../../src/empty/index.js';
import * as mutate from '../../src/mutate/index.js';
import * as name from '../../src/name/index.js';
import * as remote from '../../src/remote/index.js';
import * as tarball from '../../src/tarball/index.js';
import { type TarHeader, readTar } from '../../src/internal/tar/tar.js';
import * as types from '../../src/v1/types.js';
import * as validate from '../../src/validate/index.js';
import { gantry } from '../support/programs/gantry.js';
import { layeredImage } from '../support/images/layered-image.js';
import { layerTar } from '../support/archives/layer-tar.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { zstdOf } from '../support/archives/zstd-of.js';

const temp = useTempDir();
const tar = await layerTar([
  { name: 'a', body: 'x'.repeat(9000) },
  { name: 'b'.repeat(300), body: 'long name' },
]);
const behind = (magic: string): Buffer => Buffer.concat([Buffer.from(magic, 'hex'), tar]);

const refused: readonly (readonly [what: string, bytes: Buffer, message: RegExp])[] = [
  ['xz', behind('fd377a585a00'), /in the format xz, which no runtime unpacks/],
  ['bzip2', behind('425a6839'), /in the format bzip2/],
  ['zip', behind('504b0304'), /in the format zip/],
  ['xz in gzip', gzipSync(behind('fd377a585a00')), /in the format xz/],
  ['text', Buffer.from('hello\n'.repeat(200)), /is not a layer: tar: /],
  ['text of less than a block', Buffer.from('hello\n'), /is not a layer: tar: /],
  ['a tar cut in a body', tar.subarray(0, 5000), /unexpected end of data/],
  ['a tar cut in a header', tar.subarray(0, 9728 + 100), /unexpected end of data/],
  ['a cut tar in gzip', gzipSync(tar.subarray(0, 5000)), /unexpected end of data/],
  ['cut gzip', gzipSync(tar).subarray(0, -20), /gunzip/],
];
const taken: readonly (readonly [what: string, bytes: Buffer])[] = [
  ['a tar', tar],
  ['gzip', gzipSync(tar)],
  ['zstd', zstdOf(tar)],
  ['gzip in two members', Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))])],
  ['an empty tar', Buffer.alloc(1024)],
  ['a tar without a trailer', tar.subarray(0, -1024)],
  ['a tar in records of 10 KiB', Buffer.concat([tar, Buffer.alloc(10_240)])],
  ['nothing', Buffer.alloc(0)],
];

const registry = useRegistry();

describe('bytes that are given as a layer', () => {
  it.each(refused)('I9: are refused if they are %s, and nothing is tagged', async (_what, bytes, message) => {
    const path = temp.path('layer');
    await writeFile(path, bytes);
    const to = `${registry.host}/app:1`;
    for (const args of [
      ['append', '--oci-empty-base', '-f', path, '-t', to],
      ['append', '-f', '-', '-t', to],
    ]) {
      const outcome = await gantry(args, { stdin: bytes });
      expect(outcome.stderr).toMatch(message);
      expect(outcome.code).toBe(6);
    }
    await expect(remote.head(name.newTag(to))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(tarball.layerFromFile(path).digest()).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    await expect(
      tarball.layerFromOpener(() => Readable.from([bytes], { objectMode: false })).digest(),
    ).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
  });

  it.each(taken)('I9: are accepted if they are %s', async (_what, bytes) => {
    const path = temp.path('layer');
    await writeFile(path, bytes);
    await validate.image(await crane.append(empty.image, [path]));
    // The data arrives in chunks of every size, so that each field is split once.
    for (const size of [1, 511, 513, 4096]) {
      const pieces = function* (): Generator<Buffer> {
        for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
      };
      const layer = tarball.layerFromOpener(() => Readable.from(pieces(), { objectMode: false }));
      expect(await layer.digest()).toBe(await tarball.layerFromFile(path).digest());
    }
  });

  it('I9: are accepted with anyLayer, and are not checked with another media type', async () => {
    const path = temp.path('text');
    await writeFile(path, 'hello');
    const to = `${registry.host}/app:1`;
    const insist = ['append', '--any-layer', '-f', path, '-t', to];
    expect((await gantry(insist.filter((flag) => flag !== '--any-layer'))).stderr).toMatch(
      /; --any-layer takes any bytes/,
    );
    expect(await gantry(insist)).toMatchObject({ code: 0 });
    expect(await gantry(['mutate', to, '--append', path])).toMatchObject({ code: 6 });
    expect(await gantry(['mutate', to, '--append', path, '--any-layer'])).toMatchObject({ code: 0 });
    const artifact = tarball.layerFromFile(path, { mediaType: 'application/vnd.example.text' });
    expect(await artifact.digest()).toMatch(/^sha256:/);
  });

  it('I10: zeros after gzip data are refused in a new layer, and reported in an existing one', async () => {
    const path = temp.path('padded.tar.gz');
    await writeFile(path, Buffer.concat([gzipSync(tar), Buffer.alloc(700)]));
    const outcome = await gantry(['append', '-f', path, '-t', `${registry.host}/app:1`]);
    expect(outcome).toMatchObject({ code: 6 });
    expect(outcome.stderr).toMatch(/zeros follow the data, which docker refuses/);
    const insisted = await crane.append(empty.image, [path], { anyLayer: true });
    await expect(validate.image(insisted)).rejects.toThrow(/zeros follow the data/);
    const repaired = mutate.recompress(insisted, 'gzip', { compressionLevel: 1 });
    await validate.image(repaired);
  });
});

describe('a layer for Windows', () => {
  it('I11: moves the targets of hard links, but not those of symbolic links', async () => {
    const windows = mutate.configFile(await layeredImage([[{ name: 'Files/', type: 'directory' }]]), {
      ...(await (await layeredImage([[{ name: 'Files/', type: 'directory' }]])).configFile()),
      os: 'windows',
    });
    const long = `bin/${'x'.repeat(200)}`;
    const path = temp.path('links.tar');
    const content = await layerTar([
      { name: './', type: 'directory' },
      { name: 'bin/a', body: 'A' },
      { name: long, body: 'L' },
      { name: 'bin/b', type: 'link', linkName: 'bin/a' },
      { name: 'bin/c', type: 'link', linkName: '/bin/a' },
      { name: 'bin/d', type: 'link', linkName: './bin/a' },
      { name: 'bin/e', type: 'link', linkName: long },
      { name: 'bin/s', type: 'symlink', linkName: '/bin/a' },
      { name: 'bin/t', type: 'symlink', linkName: 'a' },
    ]);
    await writeFile(path, content);
    const grown = await crane.append(windows, [path]);
    await validate.image(grown);
    const layer = (await grown.layers()).at(-1)!;
    const headers: TarHeader[] = [];
    for await (const { header } of readTar(await layer.uncompressed())) headers.push(header);
    expect(headers.slice(-6).map(({ linkName }) => linkName)).toEqual([
      'Files/bin/a',
      'Files/bin/a',
      'Files/bin/a',
      `Files/${long}`,
      '/bin/a',
      'a',
    ]);
    expect(await layer.mediaType()).toBe(types.ociLayer);
  });
});
