import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { fc } from '../support/tools/fast-check.js';
import { isContainerError } from '../../src/errors/base.js';
import { open } from '../../src/tarball/open.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { tarEntries } from '../support/archives/tar-entries.js';
import { tarOf } from '../support/archives/tar-of.js';

const tar = tarOf(['etc/os', 'one']);
const image = dockerArchive({ layers: [tar, gzipSync(tar)], tars: [tar, tar], tags: ['app:v1'] });

/** Reads everything. Each result must have the digest in the config, or be an error of this package. */
async function readEverything(bytes: Buffer): Promise<void> {
  try {
    const archive = await open(() => Readable.from([bytes], { objectMode: false }));
    for (const listed of archive.images) {
      const read = await listed.open();
      for (const layer of await read.layers()) {
        expect(sha256Of(await readAll(await layer.uncompressed()))).toBe(await layer.diffId());
      }
    }
  } catch (error) {
    if (!isContainerError(error)) throw error;
  }
}

describe('open of an archive', () => {
  it('returns the right bytes or an error of this package if any bytes of an archive are changed', async () => {
    const whole = dockerTar(image);
    const change = fc.tuple(fc.nat(whole.byteLength - 1), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        await readEverything(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it('returns the right bytes or an error of this package for any JSON in manifest.json', async () => {
    const plausible = fc.record(
      {
        Config: fc.oneof(fc.constant(image.manifestEntry.Config), fc.string(), fc.constant('')),
        RepoTags: fc.oneof(fc.constant(null), fc.array(fc.string()), fc.jsonValue()),
        Layers: fc.oneof(
          fc.constant(image.manifestEntry.Layers),
          fc.array(fc.constantFrom('a', '', '/', '..', 'manifest.json')),
        ),
        LayerSources: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.array(plausible, { maxLength: 3 }), fc.jsonValue()), async (manifest) => {
        const content = JSON.stringify(manifest);
        await readEverything(tarEntries(...image.entries, { name: 'manifest.json', content }));
      }),
      { numRuns: 1000 },
    );
  });

  it('returns the right bytes or an error of this package for any links in an archive', async () => {
    const name = fc.constantFrom(
      'a',
      'b',
      'd/c',
      'd/e',
      'd',
      '.',
      '',
      '/',
      '..',
      'manifest.json',
      'index.json',
    );
    const entry = fc.record(
      { name, link: name, hard: fc.boolean(), type: fc.constantFrom('0', '1', '2', '3', '5', '6', '7') },
      { requiredKeys: ['name'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), name, async (entries, layer) => {
        const described = { ...image.manifestEntry, Layers: [layer, layer] };
        await readEverything(
          tarEntries(image.entries[0]!, ...entries, {
            name: 'manifest.json',
            content: JSON.stringify([described]),
          }),
        );
      }),
      { numRuns: 1000 },
    );
  });
});
