import { describe, expect, it } from '@jest/globals';
import { readdir } from 'node:fs/promises';
import * as crane from '../../src/crane/index.js';
import { LimitExceededError } from '../../src/errors/limit-exceeded.js';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { UnsupportedError } from '../../src/errors/unsupported.js';
import * as files from '../../src/files/index.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import type { Image } from '../../src/v1/image.js';
import { layerTar, type LayerEntry } from '../support/archives/layer-tar.js';
import { directory, file, layeredImage, link, symlink } from '../support/images/layered-image.js';
import { recordingImage } from '../support/images/recording-image.js';
import { storedImage } from '../support/images/stored-image.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { noise } from '../support/tools/noise.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const MIB = 1024 * 1024;

describe('links', () => {
  const image = async (): Promise<Image> =>
    layeredImage([
      [
        directory('usr'),
        file('usr/lib/real', 'lower'),
        symlink('lib', 'usr/lib'),
        symlink('absolute', '/usr/lib/real'),
        symlink('climbing', '../../../../usr/lib/real'),
        symlink('loop', 'loop/x'),
        symlink('dangling', 'nowhere'),
        file('.wh..wh.plnk/1.2', 'hidden'),
        link('named', '.wh..wh.plnk/1.2'),
        link('hard', 'usr/lib/real'),
      ],
      [file('usr/lib/other', 'upper'), link('kept', 'usr/lib/real'), file('usr/lib/.wh.real', '')],
    ]);

  it.each([
    ['/lib/other', 'upper'],
    // `lib/..` is `/usr`, because the link is followed first.
    ['lib/../lib/./other', 'upper'],
    ['/../../usr/lib/other', 'upper'],
    ['/kept', 'lower'],
    ['/hard', 'lower'],
    ['/named', 'hidden'],
  ])('of the path %s are followed', async (path, text) => {
    expect(await files.readText(await image(), path)).toBe(text);
  });

  it('to a removed file fail, wherever they begin', async () => {
    for (const path of ['/absolute', '/climbing', '/dangling', '/usr/lib/real', '/.wh..wh.plnk/1.2'])
      await expect(files.read(await image(), path)).rejects.toBeInstanceOf(NotFoundError);
  });

  it('in a circle are an error', async () => {
    await expect(files.read(await image(), '/loop')).rejects.toThrow('too many symbolic links');
  });

  it('are described as they are if they are not followed', async () => {
    const entry = await files.stat(await image(), '/lib', { followLinks: false });
    expect(entry).toMatchObject({ path: '/lib', type: 'symlink', linkTarget: 'usr/lib' });
    expect(await files.stat(await image(), '/lib')).toMatchObject({ path: '/usr/lib', type: 'directory' });
    expect(await files.stat(await image(), '/kept')).toMatchObject({
      type: 'file',
      hardLink: '/usr/lib/real',
    });
  });
});

describe('a file that cannot be read', () => {
  const image = async (): Promise<Image> =>
    layeredImage([[directory('etc'), file('etc/hosts', 'text'), file('run', '')]]);

  it('gets a similar name as the hint', async () => {
    await expect(files.read(await image(), '/etc/host')).rejects.toMatchObject({
      hint: 'did you mean /etc/hosts?',
    });
    await expect(files.read(await image(), '/run/x')).rejects.toThrow('/run/x: /run is not a directory');
  });

  it('is refused if it is a directory or too large', async () => {
    await expect(files.read(await image(), '/etc')).rejects.toBeInstanceOf(UnsupportedError);
    await expect(files.read(await image(), '/etc/hosts', { maxBytes: 3 })).rejects.toBeInstanceOf(
      LimitExceededError,
    );
  });
});

describe('layers in a registry', () => {
  const registry = useRegistry();
  const temp = useTempDir();

  async function push(layers: readonly (readonly LayerEntry[])[], compress = true): Promise<string> {
    const tars = await Promise.all(layers.map(async (entries) => layerTar(entries)));
    const image = compressedToImage(storedImage({ tars, ...(!compress && { blobs: tars }) }));
    const reference = `${registry.host}/app:1`;
    await crane.push(image, reference);
    return reference;
  }

  const blobGets = (): number =>
    registry.requests.filter(({ method, url }) => method === 'GET' && url.includes('/blobs/')).length;

  const large = { name: 'zzz/large', body: noise(16 * MIB) };

  it('are not read below the layer that has the file; the download ends after the file without `verify`', async () => {
    const reference = await push([
      [file('etc/a', 'lower'), large],
      [file('etc/a', 'upper'), large],
    ]);
    const before = registry.bytesSent;
    expect(await files.readText(reference, '/etc/a', { verify: false })).toBe('upper');
    expect(blobGets()).toBe(1);
    expect(registry.bytesSent - before).toBeLessThan(6 * MIB);
    expect(await files.readText(reference, '/etc/a')).toBe('upper');
    expect(blobGets()).toBe(2);
  });

  it('are downloaded once, even if a link leads back', async () => {
    const reference = await push([
      [symlink('lib', 'usr/lib')],
      [file('usr/lib/a', 'text'), symlink('z', 'usr/lib/a')],
    ]);
    expect(await files.readText(reference, '/lib/a')).toBe('text');
    expect(blobGets()).toBe(2);
    expect(await files.readText(reference, '/z')).toBe('text');
    expect(blobGets()).toBe(3);
  });

  it('are not read again with an index, and plain tars are read by ranges', async () => {
    const reference = await push([[large, file('etc/a', 'one')], [file('etc/b', 'two')]], false);
    const options = { cacheDirectory: temp.path('cache') };
    expect(await files.readText(reference, '/etc/a', options)).toBe('one');
    expect(await readdir(temp.path('cache', 'files'))).toHaveLength(2);
    const before = registry.bytesSent;
    expect(await files.readText(reference, '/etc/a', options)).toBe('one');
    expect(registry.bytesSent - before).toBeLessThan(20_000);
    await expect(files.read(reference, '/etc/c', options)).rejects.toBeInstanceOf(NotFoundError);
    expect(registry.bytesSent - before).toBeLessThan(40_000);
  });

  it('are verified to their end', async () => {
    const tars = [await layerTar([file('a', 'text'), large])];
    const core = storedImage({ tars, blobs: tars });
    const { image } = await recordingImage(compressedToImage(core), () => ({
      uncompressed: async () => {
        const { verified } = await import('../../src/internal/streams/verify.js');
        const { Readable } = await import('node:stream');
        const bytes = Buffer.from(tars[0]!);
        bytes.writeUInt8(bytes.readUInt8(bytes.length - 2648) ^ 1, bytes.length - 2648);
        return verified(Readable.from([bytes], { objectMode: false }), {
          digest: (await import('../../src/v1/hash.js')).sha256Bytes(tars[0]!),
          subject: 'layer',
        });
      },
    }));
    await expect(files.read(image, '/a')).rejects.toBeInstanceOf(DigestMismatchError);
    expect(await files.readText(image, '/a', { verify: false })).toBe('text');
  });
});

describe('the difference of two images', () => {
  const base = [directory('etc', { mode: 0o755 }), file('etc/a', 'one'), file('etc/b', 'two')];

  it('does not need shared layers if the upper layers decide', async () => {
    const [a, b] = [
      await recordingImage(await layeredImage([base, [file('app/x', '1')]])),
      await recordingImage(await layeredImage([base, [file('app/x', '2')]])),
    ];
    const { files: changes, layers } = await files.diff(a.image, b.image);
    expect(changes).toMatchObject([{ kind: 'changed', path: '/app/x', aspects: ['content'] }]);
    expect(layers.shared).toHaveLength(1);
    expect([a.counts, b.counts]).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it('reads a shared layer once if it decides', async () => {
    const [a, b] = [
      await recordingImage(await layeredImage([base])),
      await recordingImage(
        await layeredImage([base, [file('etc/a', 'new'), file('etc/.wh.b', ''), file('etc/c', '')]]),
      ),
    ];
    const { files: changes } = await files.diff(a.image, b.image);
    expect(changes.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'changed /etc/a',
      'removed /etc/b',
      'added /etc/c',
    ]);
    expect(a.counts[0]! + b.counts[0]!).toBe(1);
  });

  it('reads nothing if all layers are equal', async () => {
    const a = await recordingImage(await layeredImage([base]));
    expect((await files.diff(a.image, a.image)).files).toEqual([]);
    expect(a.counts).toEqual([0]);
  });
});
