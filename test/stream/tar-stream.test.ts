import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { describe, expect, it, jest } from '@jest/globals';
import tarStream from 'tar-stream';
import tarStream2 from 'tar-stream-2';
import { crane, empty, image, mutate, stream, validate } from '../../src/index.js';
import { lazyTar } from '../../src/internal/tar/lazy-tar.js';
import { listStream } from '../support/archives/list-tar.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { fc } from '../support/tools/fast-check.js';
import { readAll } from '../support/tools/read-all.js';

const registry = useRegistry();

type Pack = ReturnType<typeof tarStream.pack>;

const versions = [
  ['3', (): Pack => tarStream.pack()],
  ['2', (): Pack => tarStream2.pack()],
] as const;

function filled(pack: Pack): Pack {
  pack.entry({ name: 'app/a', mode: 0o755 }, 'content');
  pack.entry({ name: 'app/link', type: 'symlink', linkname: 'a' });
  pack.finalize();
  return pack;
}

const namesOf = async (tar: Readable): Promise<readonly string[]> =>
  (await listStream(await readAll(tar))).map(({ name, body }) => `${name} ${body}`);

describe.each(versions)('a pack of tar-stream %s', (_version, newPack) => {
  it('becomes a layer that is pushed once, by stream.newLayer, crane.layer and crane.append', async () => {
    const appended = await crane.append(empty.image, [filled(newPack())]);
    const images = [
      mutate.appendLayers(empty.image, [stream.newLayer(filled(newPack()))]),
      mutate.appendLayers(empty.image, [crane.layer(filled(newPack()))]),
      appended,
    ];
    for (const made of images) {
      await crane.push(made, `${registry.host}/app:1`);
      const [layer] = await (await crane.pull(`${registry.host}/app:1`)).layers();
      expect(await namesOf(await layer!.uncompressed())).toEqual(['app/a content', 'app/link ']);
    }
  });

  it('becomes a layer of image.build, which can be read any number of times', async () => {
    const made = await image.build({
      layers: [filled(newPack())],
      platforms: ['linux/amd64', 'linux/arm64'],
    });
    await validate.index(made);
    await made.push(`${registry.host}/app:1`);
    await made.push(`${registry.host}/other:1`);
  });

  it('that is destroyed fails the layer, and not the process', async () => {
    const pack = newPack();
    const layer = stream.newLayer(pack);
    pack.destroy(new Error('broken'));
    await expect(layer.compressed().then(readAll)).rejects.toThrow();
  });

  it('is destroyed if it is not read', async () => {
    const pack = newPack();
    const destroy = jest.spyOn(pack, 'destroy');
    await expect(image.build({ layers: [pack], user: '' })).rejects.toThrow(TypeError);
    expect(destroy).toHaveBeenCalled();
  });
});

it('a pack of tar-stream 3 that was destroyed before fails a build, and not the process', async () => {
  const pack = tarStream.pack();
  pack.destroy(new Error('early'));
  await expect(image.build({ layers: [pack] })).rejects.toThrow();
});

describe('a web stream', () => {
  it('becomes a layer by stream.newLayer and crane.layer', async () => {
    const tar = await readAll(await crane.layer({ a: 'a' }).uncompressed());
    for (const make of [stream.newLayer, crane.layer]) {
      const layer = make(new Blob([tar]).stream());
      await readAll(await layer.compressed());
      expect(await layer.diffId()).toBe(await crane.layer({ a: 'a' }).diffId());
    }
  });
});

/** Entries as both libraries can write and read them. */
const entries = fc.uniqueArray(
  fc.record({
    name: fc
      .array(fc.stringMatching(/^[a-z\u00e9\u4e2d]{1,60}$/u), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join('/')),
    // A mode of zero is the default mode for tar-stream.
    mode: fc.integer({ min: 1, max: 0o7777 }),
    // tar-stream writes IDs of at most six octal digits.
    uid: fc.nat(0o777777),
    gid: fc.nat(0o777777),
    seconds: fc.nat(2_000_000_000),
    body: fc.string({ maxLength: 2000 }),
  }),
  { selector: ({ name }) => name, maxLength: 6 },
);

describe('our reader and writer, and those of tar-stream', () => {
  it('read what the other has written, in the same way', async () => {
    await fc.assert(
      fc.asyncProperty(entries, async (given) => {
        const pack = tarStream.pack();
        for (const { name, mode, uid, gid, seconds, body } of given)
          pack.entry({ name, mode, uid, gid, mtime: new Date(seconds * 1000) }, body);
        pack.finalize();
        const theirs = await listStream(await readAll(Readable.from(pack)));
        const facts = theirs.map(({ name, mode, uid, gid, mtime, body }) => ({
          ...{ name, mode, uid, gid, seconds: mtime },
          body: Buffer.from(body, 'latin1').toString(),
        }));
        expect(facts).toEqual(given.map(({ ...entry }) => entry));

        const ours = lazyTar(async (tar) => {
          for (const { name, mode, uid, gid, seconds, body } of given)
            await tar.add({ name, mode, uid, gid, mtime: seconds }, Buffer.from(body));
        });
        const read: unknown[] = [];
        const extract = tarStream.extract();
        extract.end(await readAll(ours));
        for await (const entry of extract) {
          const { name, mode, uid, gid, mtime } = entry.header;
          read.push({
            ...{ name, mode, uid, gid, seconds: mtime.getTime() / 1000 },
            body: await text(entry),
          });
        }
        expect(read).toEqual(given.map(({ ...entry }) => entry));
      }),
      { numRuns: 50 },
    );
  });
});
