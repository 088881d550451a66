import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { DigestMismatchError } from '../../src/errors/invalid/mismatch.js';
import * as layout from '../../src/layout/index.js';
import { name as matchName } from '../../src/match/matchers.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { index as randomIndex } from '../../src/random/image-index.js';
import { image as randomImage } from '../../src/random/image.js';
import { type Hash, newHash } from '../../src/v1/hash.js';
import { marshalManifest } from '../../src/v1/documents/marshal.js';
import { ociEmptyJson, ociManifestSchema1 } from '../../src/v1/types.js';
import { readAll, sha256Of } from '../support/tools/read-all.js';
import { descriptorOf, storedImage } from '../support/images/stored-image.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const create = async (): Promise<layout.Path> => layout.fromPath(dir.path('layout'), { create: true });
const named = (name: string) => ({ annotations: { 'org.opencontainers.image.ref.name': name } });
const blobs = async (): Promise<string[]> => readdir(dir.path('layout/blobs/sha256'));

async function put(path: layout.Path, content: Uint8Array | string): Promise<Hash> {
  const bytes = Buffer.from(content);
  const digest = newHash(sha256Of(bytes));
  await path.writeBlob(digest, Readable.from([bytes], { objectMode: false }));
  return digest;
}

describe('garbageCollect', () => {
  it('finds blobs that cannot be reached from index.json, and deletes them if `delete` is set', async () => {
    const path = await create();
    const [kept, dropped] = [randomImage(100, 2, { seed: 'kept' }), randomImage(100, 2, { seed: 'dropped' })];
    await path.appendImage(kept, named('kept'));
    await path.appendImage(dropped, named('dropped'));
    expect(await path.garbageCollect()).toEqual([]);
    await path.removeDescriptors(matchName('dropped'));
    const { config, layers } = await dropped.manifest();
    const garbage = [await dropped.digest(), config.digest, ...layers.map(({ digest }) => digest)].sort();
    expect([...(await path.garbageCollect())].sort()).toEqual(garbage);
    expect(await blobs()).toHaveLength(8);
    expect([...(await path.garbageCollect({ delete: true }))].sort()).toEqual(garbage);
    expect(await blobs()).toHaveLength(4);
    for (const layer of await (await path.image()).layers()) await readAll(await layer.compressed());
  });

  it('keeps blobs that nested indexes list, and accepts that some of them are missing', async () => {
    const path = await create();
    const index = randomIndex(10, 1, 2, { seed: 'nested' });
    await path.appendIndex(index);
    expect(await path.garbageCollect()).toEqual([]);
    const [child] = (await index.indexManifest()).manifests;
    await path.removeBlob(child!.digest);
    expect(await path.garbageCollect()).toHaveLength(2);
  });

  it('keeps the referrers of kept blobs, and their referrers', async () => {
    const path = await create();
    const image = compressedToImage(storedImage());
    await path.appendImage(image);
    const empty = Buffer.from('{}');
    await put(path, empty);
    const refer = async (subject: Hash, note: string): Promise<Hash> =>
      put(
        path,
        marshalManifest({
          schemaVersion: 2,
          mediaType: ociManifestSchema1,
          artifactType: 'text/plain',
          config: descriptorOf(empty, ociEmptyJson),
          layers: [descriptorOf(Buffer.from(note), 'text/plain')],
          subject: { mediaType: ociManifestSchema1, size: 1, digest: subject },
        }),
      );
    const signature = await refer(await image.digest(), 'signature');
    await put(path, 'signature');
    await refer(signature, 'countersignature');
    await put(path, 'countersignature');
    const stray = await refer(newHash(sha256Of(Buffer.from('gone'))), 'stray');
    expect(await path.garbageCollect()).toEqual([stray]);
  });

  it('Y14: keeps listed content of unknown kind, and the blobs that this content lists', async () => {
    const path = await create();
    const leaf = await put(path, 'leaf');
    const odd = JSON.stringify({
      blobs: [{ mediaType: 'x/y', digest: leaf, size: 4 }],
      other: [null, 1, { digest: 7 }],
    });
    const digest = await put(path, odd);
    await path.appendDescriptor({ mediaType: 'x/odd', size: odd.length, digest });
    const image = await put(path, 'not JSON at all');
    await path.appendDescriptor({ mediaType: 'image/png', size: 15, digest: image });
    expect(await path.garbageCollect({ delete: true })).toEqual([]);
    expect(await blobs()).toHaveLength(3);
  });

  it('Y14: keeps young temporary files, which may still be written, and removes old ones', async () => {
    const path = await create();
    await path.appendImage(compressedToImage(storedImage()));
    const [young, old] = ['.young.0123456789abcdef.tmp', '.old.0123456789abcdef.tmp'];
    for (const name of [young, old, 'README']) await writeFile(dir.path('layout/blobs/sha256', name), '');
    await utimes(dir.path('layout/blobs/sha256', old), new Date(0), new Date(0));
    await mkdir(dir.path('layout/blobs/other'));
    await path.garbageCollect({ delete: true });
    expect(await blobs()).toEqual(expect.arrayContaining([young, 'README']));
    expect(await blobs()).not.toContain(old);
    await path.garbageCollect({ delete: true, graceMs: -1 });
    expect(await blobs()).not.toContain(young);
  });

  it('deletes nothing if a manifest is damaged, because the blobs that it needs are unknown', async () => {
    const path = await create();
    const image = compressedToImage(storedImage());
    await path.appendImage(image);
    await put(path, 'stray');
    const manifest = dir.path('layout/blobs', (await image.digest()).replace(':', '/'));
    await writeFile(manifest, Buffer.alloc(await image.size()));
    await expect(path.garbageCollect({ delete: true })).rejects.toThrow(DigestMismatchError);
    expect(await blobs()).toHaveLength(5);
  });

  it('Y14: does not break a writer whose blobs it removed before they were listed', async () => {
    const path = await create();
    const image = compressedToImage(storedImage());
    await path.writeImage(image);
    // All garbage is collected after the last blob was written and before the lock is taken.
    let collected = 0;
    await path.appendImage(image, {
      onProgress: ({ kind }) => {
        if (kind === 'manifest' && collected === 0) {
          collected += 1;
          void path.garbageCollect({ delete: true });
        }
      },
    });
    for (const layer of await (await path.image()).layers()) await readAll(await layer.compressed());
    expect(await path.garbageCollect()).toEqual([]);
  });
});
