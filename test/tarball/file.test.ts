import { appendFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { ArchiveInvalidError } from '../../src/errors/invalid/archive.js';
import { FileSystemError } from '../../src/errors/file-system.js';
import { SourceChangedError } from '../../src/errors/source-changed.js';
import * as tarball from '../../src/tarball/index.js';
import type { Image } from '../../src/v1/image.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { eventually, openDescriptors } from '../support/tools/open-handles.js';
import { readAll } from '../support/tools/read-all.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const archive = dockerTar(dockerArchive({ layers: [tarOf(['etc/os', 'one'])] }));
const readLayer = async (image: Image): Promise<Buffer> =>
  readAll(await (await image.layers())[0]!.uncompressed());

describe('an archive file', () => {
  it('is named in the error, with a hint, if it is not an archive', async () => {
    await writeFile(dir.path('notes.txt'), 'not a tar '.repeat(100));
    const opened = tarball.imageFromPath(dir.path('notes.txt'));
    await expect(opened).rejects.toThrow(`${dir.path('notes.txt')}: tar: `);
    const error: unknown = await opened.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ArchiveInvalidError);
    expect((error as ArchiveInvalidError).hint).toContain('docker save');
  });

  it('causes an error with the error of the system if it cannot be opened', async () => {
    await expect(tarball.imageFromPath(dir.path('none.tar'))).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      systemCode: 'ENOENT',
    });
    await expect(tarball.imageFromPath(dir.path())).rejects.toThrow(FileSystemError);
  });

  it('must not change while its image is used', async () => {
    await writeFile(dir.path('app.tar'), archive);
    const image = await tarball.imageFromPath(dir.path('app.tar'));
    await appendFile(dir.path('app.tar'), Buffer.alloc(512));
    await expect(readLayer(image)).rejects.toThrow(SourceChangedError);
  });

  it('causes an error if it gets shorter while it is read', async () => {
    const large = tarOf(['data', 'x'.repeat(4 * 1024 * 1024)]);
    await writeFile(dir.path('app.tar'), dockerTar(dockerArchive({ layers: [large] })));
    const [layer] = await (await tarball.imageFromPath(dir.path('app.tar'))).layers();
    const stream = await layer!.uncompressed();
    await truncate(dir.path('app.tar'), 1024 * 1024);
    await expect(readAll(stream)).rejects.toThrow(ArchiveInvalidError);
  });

  it('B21: is indexed once, and afterwards read only at the offsets of its layers', async () => {
    const layers = Array.from({ length: 200 }, (_, at) => tarOf([`file${at}`, 'x'.repeat(2000)]));
    await writeFile(dir.path('app.tar'), dockerTar(dockerArchive({ layers })));
    const before = await bytesRead();
    const image = await tarball.imageFromPath(dir.path('app.tar'));
    for (const [at, layer] of (await image.layers()).entries()) {
      expect(await readAll(await layer.uncompressed())).toEqual(layers[at]);
    }
    const { length } = await readFile(dir.path('app.tar'));
    // The headers, at most a window for each, and every layer once; a scan per layer would read a hundred times the file.
    expect((await bytesRead()) - before).toBeLessThan(20 * length);
  });

  it('is closed between its reads', async () => {
    await writeFile(dir.path('app.tar'), archive);
    const before = openDescriptors();
    const image = await tarball.imageFromPath(dir.path('app.tar'));
    await readLayer(image);
    const [layer] = await image.layers();
    (await layer!.uncompressed()).destroy();
    expect(await eventually(() => openDescriptors() <= before)).toBe(true);
  });
});

/** Number of bytes that this process has read from files; 0 if the system does not report it. */
async function bytesRead(): Promise<number> {
  const io = await readFile('/proc/self/io', 'utf8').catch(() => 'rchar: 0');
  return Number(/rchar: (\d+)/.exec(io)?.[1]);
}
