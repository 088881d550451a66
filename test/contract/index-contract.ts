import { beforeAll, describe, expect, it } from '@jest/globals';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { newHash } from '../../src/v1/hash.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import { parseIndexManifest } from '../../src/v1/documents/parse.js';
import { isImage, isIndex } from '../../src/v1/types.js';
import { isDeepFrozen } from '../support/tools/frozen.js';
import { sha256Of } from '../support/tools/read-all.js';

const unknown = newHash(`sha256:${'0'.repeat(64)}`);

/** The contract that every index must keep, from any source. `make` gives a new view of the same index each time. */
export function describeIndexContract(name: string, open: () => ImageIndex | Promise<ImageIndex>): void {
  describe(`${name} keeps the contract of indexes:`, () => {
    let index: ImageIndex;
    beforeAll(async () => {
      index = await open();
    });

    it('has the digest and the size of the bytes of its manifest', async () => {
      const raw = await index.rawManifest();
      const digest = await index.digest();
      if (digest.startsWith('sha256:')) expect(digest).toBe(sha256Of(raw));
      expect(await index.size()).toBe(raw.byteLength);
      expect(await index.indexManifest()).toEqual(parseIndexManifest(raw));
      const { mediaType } = await index.indexManifest();
      if (mediaType !== undefined) expect(await index.mediaType()).toBe(mediaType);
    });

    it('opens each child that it lists as an image, an index or a layer', async () => {
      for (const { digest, size, mediaType } of (await index.indexManifest()).manifests) {
        if (!isImage(mediaType) && !isIndex(mediaType)) continue;
        const child = isImage(mediaType) ? await index.image(digest) : await index.imageIndex(digest);
        expect([await child.digest(), await child.size(), await child.mediaType()]).toEqual([
          digest,
          size,
          mediaType,
        ]);
      }
    });

    it('fails for a child that it does not list', async () => {
      await expect(index.image(unknown)).rejects.toBeInstanceOf(NotFoundError);
      await expect(index.imageIndex(unknown)).rejects.toBeInstanceOf(NotFoundError);
    });

    it('returns the same frozen document in every call', async () => {
      expect(await index.indexManifest()).toBe(await index.indexManifest());
      expect(isDeepFrozen(await index.indexManifest())).toBe(true);
    });

    it('is the same index each time it is opened', async () => {
      const other = await open();
      expect(await other.digest()).toBe(await index.digest());
    });

    it('fails with the reason of an aborted signal', async () => {
      const fresh = await open();
      const reason = new Error('changed my mind');
      const signal = AbortSignal.abort(reason);
      await expect(fresh.rawManifest({ signal })).rejects.toBe(reason);
      await expect(fresh.image(unknown, { signal })).rejects.toBe(reason);
    });
  });
}
