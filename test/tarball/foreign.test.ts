import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { ArchiveInvalidError } from '../../src/errors/invalid/archive.js';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import * as tarball from '../../src/tarball/index.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { openDescriptors } from '../support/tools/open-handles.js';
import { tarEntries } from '../support/archives/tar-entries.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const tar = tarOf(['etc/os', 'one']);
const saved = dockerArchive({ layers: [tar], tags: ['app:v1'] });
const archive = dockerTar(saved);
const MIB = 1024 ** 2;

/** A stream that never ends: it yields some bytes, then the same chunk again and again, and counts the bytes that were read. */
function endless(
  head: Uint8Array,
  piece: Uint8Array,
): { readonly stream: Readable; readonly sent: () => number } {
  let sent = 0;
  function* pieces(): Generator<Uint8Array> {
    yield head;
    for (;;) {
      sent += piece.byteLength;
      yield piece;
    }
  }
  return { stream: Readable.from(pieces(), { objectMode: false, highWaterMark: 1 }), sent: () => sent };
}

describe('a file that is not a tar', () => {
  const magics: readonly (readonly [string, string, string | undefined])[] = [
    ['xz', 'fd377a585a00', 'xz -dc'],
    ['bzip2', '425a6839', 'bzip2 -dc'],
    ['lzip', '4c5a495001', 'lzip -dc'],
    ['LZ4', '04224d18', 'lz4 -dc'],
    ['LZMA', '5d0000', 'xz --format=lzma -dc'],
    ['compress', '1f9d90', 'gzip -dc'],
    ['zip', '504b0304', undefined],
    ['7z', '377abcaf271c', undefined],
    ['RAR', '526172211a07', undefined],
  ];
  it.each(magics)('K8: causes an error that names its format: %s', async (name, magic, command) => {
    const bytes = Buffer.concat([Buffer.from(magic, 'hex'), Buffer.alloc(2000, 'x')]);
    const file = dir.path('app.tar');
    await writeFile(file, bytes);
    for (const source of [file, () => Readable.from([bytes], { objectMode: false })]) {
      const error: unknown = await tarball.open(source).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UnsupportedError);
      const { message, hint } = error as UnsupportedError;
      expect(message).toContain(`the format ${name}`);
      const subject = typeof source === 'string' ? file : 'FILE';
      expect(hint).toContain(command === undefined ? 'unpack it' : `\`${command} ${subject}\``);
    }
  });

  it('K8: is read if it is a tar although its first bytes look like another format', async () => {
    const bytes = tarEntries({ name: 'BZh', content: 'x' }, ...saved.entries, {
      name: 'manifest.json',
      content: JSON.stringify([saved.manifestEntry]),
    });
    expect((await tarball.open(() => Readable.from([bytes], { objectMode: false }))).images).toHaveLength(1);
  });
});

describe('a source that never ends', () => {
  const cases: readonly (readonly [string, Uint8Array, Uint8Array])[] = [
    ['zeros', Buffer.alloc(0), Buffer.alloc(MIB)],
    ['noise', Buffer.alloc(0), Buffer.alloc(MIB, 'noise')],
    ['an archive with padding', archive, Buffer.alloc(MIB)],
    ['an archive with other bytes behind it', archive, Buffer.alloc(MIB, 'x')],
  ];
  it.each(cases)('K9: is not read to its end: %s', async (what, head, piece) => {
    const { stream, sent } = endless(head, piece);
    const opening = tarball.open(() => stream);
    if (head.byteLength > 0) expect((await opening).images).toHaveLength(1);
    else await expect(opening).rejects.toThrow(ArchiveInvalidError);
    expect(stream.destroyed).toBe(true);
    expect(sent()).toBeLessThanOrEqual(what === 'noise' ? 4 * MIB : 80 * MIB);
  });

  it('K9: can be a device or a pipe', async () => {
    const before = openDescriptors();
    await expect(tarball.open('/dev/zero')).rejects.toThrow('holds no images');
    await expect(tarball.open('/dev/null')).rejects.toThrow('holds no images');
    execFileSync('mkfifo', [dir.path('pipe')]);
    const written = writeFile(dir.path('pipe'), archive);
    expect((await tarball.open(dir.path('pipe'))).images).toHaveLength(1);
    await written;
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  it('K9: is read up to the cap on the bytes of a plain tar', async () => {
    const big = tarEntries({ name: 'big', content: Buffer.alloc(3 * MIB) });
    const opening = tarball.open(() => Readable.from([big], { objectMode: false }), { maxBytes: MIB });
    await expect(opening).rejects.toMatchObject({ option: 'maxBytes' });
  });
});

describe('manifest.json', () => {
  it('K5: can have keys in any case, and a key in the exact case is preferred', async () => {
    const { Config, Layers } = saved.manifestEntry;
    const open = async (described: unknown) =>
      tarball.open(() =>
        Readable.from(
          [tarEntries(...saved.entries, { name: 'manifest.json', content: JSON.stringify([described]) })],
          { objectMode: false },
        ),
      );
    for (const described of [
      { config: Config, repoTags: ['app:v1'], layers: Layers },
      { CONFIG: Config, repotags: ['app:v1'], LAYERS: Layers },
      { config: 'other', Config, repotags: ['other'], RepoTags: ['app:v1'], Layers },
    ]) {
      const { images } = await open(described);
      expect(images[0]?.tags).toEqual(['app:v1']);
      expect(await (await images[0]!.open()).layers()).toHaveLength(1);
    }
  });
});
