import { chmod, link, utimes } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { build, empty, mutate } from '../../src/index.js';
import { readTar } from '../../src/internal/tar/reader.js';
import { layerFromOpener } from '../../src/partial/layers/layer-source.js';
import { type LayerEntry, layerTar } from '../support/archives/layer-tar.js';
import { makeFiles } from '../support/archives/make-files.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();

describe('a file of the same size and time as the one that it replaces', () => {
  it('is written if the content differs, even if another name of the file has the old content', async () => {
    const entry = (name: string, body: string): LayerEntry => ({ name, body, size: body.length, mtime: 100 });
    const tar = await layerTar([entry('a', 'same'), entry('b', 'diff')]);
    const layer = layerFromOpener(() => Readable.from([tar], { objectMode: false }));
    const config = {
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [] },
      config: {},
    };
    const base = mutate.appendLayers(mutate.configFile(empty.image, config), [layer]);
    const context = await makeFiles(temp.path('context'), { a: 'same' });
    await chmod(temp.path('context', 'a'), 0o644);
    await link(temp.path('context', 'a'), temp.path('context', 'b'));
    await utimes(temp.path('context', 'a'), 100, 100);
    const options = { workDirectory: temp.path('work'), contexts: { base } };
    await using image = await build.image({
      ...options,
      ...{ context, dockerfile: { text: 'FROM base\nCOPY . /\n' } },
    });
    const last = (await image.layers()).at(-1);
    const found: string[] = [];
    for await (const entry of readTar(await last!.uncompressed()))
      found.push(`${entry.header.name} ${entry.header.type} ${(await entry.bytes()).toString()}`);
    expect(found).toEqual(['b file same']);
  });
});
