import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Algorithm,
  type ConformanceClient,
  digestOf,
  expectError,
  pushMethods,
  randomBlob,
} from './conformance-client.js';
import { type Target, targets } from './conformance-targets.js';

// The cases of https://github.com/opencontainers/distribution-spec/tree/main/conformance
const repository = 'conformance/repo1';
const other = 'conformance/repo2';
const algorithms: readonly Algorithm[] = ['sha256', 'sha512'];

describe.each(targets)('the registry %s', (_name, start) => {
  let target: Target;
  let client: ConformanceClient;
  beforeAll(async () => {
    target = await start();
    client = target.client;
  });
  afterAll(async () => {
    await target.close();
  });

  it('responds to a ping', async () => {
    const response = await client.ask('/v2/');
    expect(response.status).toBe(200);
    expect(response.headers['docker-distribution-api-version']).toBe('registry/2.0');
  });

  describe.each(algorithms)('with blobs under %s', (algorithm) => {
    it('responds with 404 for a blob that does not exist', async () => {
      await client.expectBlobMissing(repository, randomBlob(8, algorithm).digest);
    });

    it.each(pushMethods)('accepts a blob by %s, serves and deletes it', async (method) => {
      const blob = randomBlob(5000, algorithm);
      const pushed = await client.push(repository, blob, method);
      expect(pushed.status).toBe(201);
      expect(pushed.headers['docker-content-digest']).toBe(blob.digest);
      await client.expectBlob(repository, blob, pushed.headers.location);
      await client.deleteBlob(repository, blob.digest);
    });

    it.each(pushMethods)('refuses a blob by %s whose content does not have the digest', async (method) => {
      const blob = randomBlob(5000, algorithm);
      const content = Buffer.concat([blob.content, Buffer.from('oh no')]);
      expectError(await client.push(repository, { ...blob, content }, method), 400, 'DIGEST_INVALID');
      await client.expectBlobMissing(repository, blob.digest);
      await client.expectBlobMissing(repository, digestOf(content, algorithm));
    });

    it('accepts a blob in a single chunk', async () => {
      const { digest, content } = randomBlob(512, algorithm);
      const sent = await client.chunk(await client.start(repository), content, 0, 512);
      expect(sent.status).toBe(202);
      const location = `${String(sent.headers.location)}?digest=${digest}`;
      expect((await client.ask(location, { method: 'PUT', body: '' })).status).toBe(201);
      await client.expectBlob(repository, { digest, content });
    });

    it.each(['PATCH', 'PUT'])(
      'refuses chunks out of order, the last by %s, and accepts the right chunk afterwards',
      async (last) => {
        const { digest, content } = randomBlob(3000, algorithm);
        let location = await client.start(repository);
        for (const [at, wrong] of [
          [0, 1000],
          [1000, 2000],
          [2000, 0],
        ] as const) {
          const isLast = at === 2000;
          const refused =
            last === 'PUT' && wrong === 2000
              ? await client.chunk(`${location}?digest=${digest}`, content, wrong, 1000, 'PUT')
              : await client.chunk(location, content, wrong, 1000);
          expect(refused.status).toBe(416);
          expect(refused.headers.location).toBe(location);
          const status = await client.ask(location);
          expect(status.status).toBe(204);
          expect(status.headers.range).toBe(`0-${Math.max(at - 1, 0)}`);
          expect(refused.headers.range).toBe(status.headers.range);
          location = String(status.headers.location);
          const sent =
            isLast && last === 'PUT'
              ? await client.chunk(`${location}?digest=${digest}`, content, at, 1000, 'PUT')
              : await client.chunk(location, content, at, 1000);
          expect(sent.status).toBe(isLast && last === 'PUT' ? 201 : 202);
          location = String(sent.headers.location);
        }
        if (last === 'PATCH') {
          const done = await client.ask(`${location}?digest=${digest}`, { method: 'PUT', body: '' });
          expect(done.status).toBe(201);
        }
        await client.expectBlob(repository, { digest, content });
      },
    );

    it('cancels an upload', async () => {
      const location = await client.start(repository);
      expect((await client.ask(location, { method: 'DELETE' })).status).toBe(204);
      expectError(await client.ask(location), 404, 'BLOB_UPLOAD_UNKNOWN');
    });

    it.each(['with', 'without'])('mounts a blob %s the name of its repository', async (named) => {
      const blob = randomBlob(512, algorithm);
      await client.push(other, blob);
      const from = named === 'with' ? `&from=${other}` : '';
      const path = `/v2/${repository}/blobs/uploads/?mount=${blob.digest}${from}`;
      const mounted = await client.ask(path, { method: 'POST' });
      expect(mounted.status).toBe(201);
      expect(mounted.headers['docker-content-digest']).toBe(blob.digest);
      await client.deleteBlob(other, blob.digest);
      await client.expectBlob(repository, blob, mounted.headers.location);
    });

    it('opens an upload if the blob to mount does not exist', async () => {
      const { digest, content } = randomBlob(512, algorithm);
      const path = `/v2/${repository}/blobs/uploads/?mount=${digest}&from=${other}`;
      const opened = await client.ask(path, { method: 'POST' });
      expect(opened.status).toBe(202);
      const location = `${String(opened.headers.location)}?digest=${digest}`;
      expect((await client.ask(location, { method: 'PUT', body: content })).status).toBe(201);
      await client.expectBlob(repository, { digest, content });
    });

    it.each([
      ['nothing', ''],
      ['an empty object', '{}'],
    ])('stores a blob that is %s', async (_what, text) => {
      const blob = { digest: digestOf(Buffer.from(text), algorithm), content: Buffer.from(text) };
      for (const method of ['post', 'post and put', 'stream'] as const) {
        expect((await client.push(repository, blob, method)).status).toBe(201);
        await client.expectBlob(repository, blob);
        await client.deleteBlob(repository, blob.digest);
      }
    });

    describe('serving ranges', () => {
      const blob = randomBlob(2048, algorithm);
      beforeAll(async () => {
        await client.push(repository, blob);
      });

      it.each([
        ['500-1499', 500, 1499],
        ['500-', 500, 2047],
        ['-500', 1548, 2047],
        ['2000-5000', 2000, 2047],
        ['-5000', 0, 2047],
        ['0-0', 0, 0],
      ])('sends bytes=%s', async (range, first, last) => {
        const response = await client.ask(`/v2/${repository}/blobs/${blob.digest}`, {
          headers: { Range: `bytes=${range}` },
        });
        expect(response.status).toBe(206);
        expect(response.headers['content-range']).toBe(`bytes ${first}-${last}/2048`);
        expect(response.headers['content-length']).toBe(String(last - first + 1));
        expect(response.body.equals(blob.content.subarray(first, last + 1))).toBe(true);
      });

      it.each(['500-0', '5000-10000', '2048-', '-0'])('refuses bytes=%s', async (range) => {
        const response = await client.ask(`/v2/${repository}/blobs/${blob.digest}`, {
          headers: { Range: `bytes=${range}` },
        });
        expect(response.status).toBe(416);
        expect(response.headers['content-range']).toBe('bytes */2048');
      });

      it.each(['bytes=0-1,4-5', 'lines=1-2', 'bytes=-', 'bytes=a-b'])('ignores %s', async (range) => {
        const response = await client.ask(`/v2/${repository}/blobs/${blob.digest}`, {
          headers: { Range: range },
        });
        expect(response.status).toBe(200);
        expect(response.body.equals(blob.content)).toBe(true);
      });
    });
  });
});
