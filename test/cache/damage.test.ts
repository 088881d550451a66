import { readFile, truncate, writeFile } from 'node:fs/promises';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, expect, it } from '@jest/globals';
import { image, readOnly } from '../../src/cache/index.js';
import { FileSystemError } from '../../src/errors/file-system.js';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import { noise } from '../support/tools/noise.js';
import { readAll } from '../support/tools/read-all.js';
import { storedImage } from '../support/images/stored-image.js';
import { firstLayer, useCacheFolder, usePushedImage } from '../support/images/cached-image.js';
import { eventually } from '../support/tools/open-handles.js';

class SystemError extends Error {
  constructor(
    readonly code: string,
    readonly syscall: string,
  ) {
    super(code);
  }
}

const directory = useCacheFolder();
const pushed = usePushedImage();

describe('a layer whose entry in the cache is damaged', () => {
  it.each(['compressed', 'uncompressed'] as const)(
    'Y16: stores nothing of a layer whose reader closes early (%s)',
    async (form) => {
      const { open } = await pushed(8_000_000);
      const [layer] = await image(await open(), directory.cache()).layers();
      const opened = await layer![form]();
      for await (const _chunk of opened) break;
      expect(await eventually(() => directory.entries().length === 0)).toBe(true);
    },
  );

  it('stores nothing of a layer that does not match its digest', async () => {
    const core = storedImage();
    const { layer } = await firstLayer(directory.cache(), {
      ...core,
      layerByDigest: async (digest, descriptor) => ({
        ...(await core.layerByDigest(digest, descriptor)),
        compressed: async () => Readable.from([Buffer.from('something else')], { objectMode: false }),
      }),
    });
    await expect((async () => readAll(await layer.compressed()))()).rejects.toBeInstanceOf(
      DigestMismatchError,
    );
    expect(directory.entries()).toEqual([]);
  });

  it.each([
    { name: 'cut short', harm: async (file: string) => truncate(file, 100) },
    { name: 'emptied', harm: async (file: string) => truncate(file, 0) },
    { name: 'made longer', harm: async (file: string) => writeFile(file, 'more', { flag: 'a' }) },
  ])('reads the source if an entry was $name, and replaces the entry', async ({ harm }) => {
    const { layer, digest, bytes, reads } = await firstLayer(directory.cache());
    await readAll(await layer.compressed());
    await harm(directory.fileOf(digest));
    expect(Buffer.compare(await readAll(await layer.compressed()), bytes)).toBe(0);
    expect(reads()).toBe(2);
    expect(Buffer.compare(await readFile(directory.fileOf(digest)), bytes)).toBe(0);
  });

  it.each(['compressed', 'uncompressed'] as const)(
    'fails the stream of damaged bytes, removes the entry, and then reads the source (%s)',
    async (form) => {
      const { layer, digest, reads } = await firstLayer(directory.cache());
      const right = await readAll(await layer[form]());
      await directory.damage(digest);
      await expect((async () => readAll(await layer[form]()))()).rejects.toThrow();
      expect(Buffer.compare(await readAll(await layer[form]()), right)).toBe(0);
      expect(reads()).toBe(2);
      expect(Buffer.compare(await readAll(await layer[form]()), right)).toBe(0);
      expect(reads()).toBe(2);
    },
  );

  it('removes an entry that cannot be decompressed, long before its end', async () => {
    const { layer, digest, reads } = await firstLayer(
      directory.cache(),
      storedImage({ tars: [noise(8_000_000)] }),
    );
    const right = await readAll(await layer.uncompressed());
    const harmed = await readFile(directory.fileOf(digest));
    await writeFile(directory.fileOf(digest), harmed.fill(0xff, 100, 1000));
    const reading = (async () => readAll(await layer.uncompressed()))();
    await expect(reading).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    expect(Buffer.compare(await readAll(await layer.uncompressed()), right)).toBe(0);
    expect(reads()).toBe(2);
  });

  it('names the file that was damaged', async () => {
    const { layer, digest } = await firstLayer(directory.cache());
    await readAll(await layer.compressed());
    await directory.damage(digest);
    const reading = (async () => readAll(await layer.compressed()))();
    await expect(reading).rejects.toMatchObject({ code: 'DIGEST_MISMATCH', expected: digest });
    await expect(reading).rejects.toThrow(directory.fileOf(digest));
  });

  it('does not use a damaged entry of a read-only cache a second time', async () => {
    const filling = await firstLayer(directory.cache());
    await readAll(await filling.layer.compressed());
    await directory.damage(filling.digest);
    const harmed = await readFile(directory.fileOf(filling.digest));
    const { layer, bytes } = await firstLayer(readOnly(directory.cache()));
    await expect((async () => readAll(await layer.compressed()))()).rejects.toBeInstanceOf(
      DigestMismatchError,
    );
    for (let time = 0; time < 2; time += 1) {
      expect(Buffer.compare(await readAll(await layer.compressed()), bytes)).toBe(0);
    }
    expect(Buffer.compare(await readFile(directory.fileOf(filling.digest)), harmed)).toBe(0);
  });

  it('reads a config whose entry is damaged from the registry at once', async () => {
    const { open: pull } = await pushed();
    const raw = await image(await pull(), directory.cache()).rawConfigFile();
    const config = await (await pull()).configName();
    await directory.damage(config);
    expect(Buffer.compare(await image(await pull(), directory.cache()).rawConfigFile(), raw)).toBe(0);
    expect(Buffer.compare(await readFile(directory.fileOf(config)), raw)).toBe(0);
  });

  it('reads the source if the disk cannot read an entry', async () => {
    const cause = new SystemError('EIO', 'read');
    const { layer, digest, bytes } = await firstLayer(directory.cache());
    await readAll(await layer.compressed());
    const failing = await firstLayer({
      ...directory.cache(),
      get: async (hash, options) => ({
        ...(await directory.cache().get(hash, options)),
        compressed: async () =>
          new Readable({
            read() {
              this.destroy(new FileSystemError('read', directory.fileOf(digest), cause));
            },
          }),
      }),
    });
    await expect((async () => readAll(await failing.layer.compressed()))()).rejects.toThrow(
      'input/output error',
    );
    expect(Buffer.compare(await readAll(await failing.layer.compressed()), bytes)).toBe(0);
    expect(failing.reads()).toBe(1);
  });

  it('keeps an entry if its reader fails', async () => {
    const { layer, digest, reads } = await firstLayer(directory.cache());
    await readAll(await layer.compressed());
    const full = new Writable({
      write(_chunk, _encoding, done) {
        done(new FileSystemError('write', 'target', new SystemError('ENOSPC', 'write')));
      },
    });
    await expect(pipeline(await layer.compressed(), full)).rejects.toBeInstanceOf(FileSystemError);
    await readAll(await layer.compressed());
    expect(reads()).toBe(1);
    expect(directory.entries()).toEqual([digest]);
  });
});
