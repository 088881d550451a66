import { describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { NotComputedError, StreamConsumedError } from '../../src/errors/stream-state.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { writeLayer } from '../../src/remote/write-layer.js';
import { newHash, sha256Bytes } from '../../src/v1/hash.js';
import type { Layer } from '../../src/v1/layer.js';
import { ociLayer } from '../../src/v1/types.js';
import {
  cutAfter,
  type Fault,
  type Faults,
  type FaultyRegistry,
  startFaultyRegistry,
  status,
} from '../support/servers/faulty-registry.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { useServers } from '../support/servers/http-server.js';

const servers = useServers();
const content = randomBytes(6_000_000);
const digest = sha256Bytes(content);
const start = async (faults: Faults = {}): Promise<FaultyRegistry> => startFaultyRegistry(servers, faults);

/** A layer that can be read once and knows its digest after that. */
function oneShot(chunks: Iterable<Buffer> = pieces()): Layer {
  const hash = createHash('sha256');
  let known: string | undefined;
  let consumed = false;
  function* tee(): Generator<Buffer> {
    for (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
    known = `sha256:${hash.digest('hex')}`;
  }
  return {
    digest: async () => {
      if (known === undefined) throw new NotComputedError('digest');
      return newHash(known);
    },
    diffId: async () => Promise.reject(new NotComputedError('diff ID')),
    size: async () => Promise.reject(new NotComputedError('size')),
    mediaType: async () => ociLayer,
    uncompressed: async () => Promise.reject(new StreamConsumedError()),
    compressed: async () => {
      if (consumed) throw new StreamConsumedError();
      consumed = true;
      return Readable.from(tee(), { objectMode: false });
    },
  };
}
function* pieces(): Generator<Buffer> {
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536);
}

const upload = async (registry: FaultyRegistry, layer = oneShot()): Promise<void> =>
  writeLayer(parseReference(`${registry.host}/app`).context(), layer, {
    clock: hurriedClock,
    retry: { attempts: 1 },
  });

describe('the upload of a layer that is made while it is sent', () => {
  it('sends the layer in one request, and its digest after that', async () => {
    const registry = await start();
    await upload(registry);
    expect(registry.log.map((line) => line.split(' ')[0])).toEqual(['POST', 'PATCH', 'PUT']);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('sends the spool if the registry fails in the middle, without reading the layer twice', async () => {
    const registry = await start({ PATCH: [status(503)] });
    await upload(registry);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it.each([400, 404, 405, 411, 415, 501])(
    'G5: sends the spool if the response to PATCH is %d',
    async (code) => {
      const registry = await startFaultyRegistry(servers, { PATCH: [status(code)], PUT: [status(code)] });
      await upload(registry);
      expect(registry.stored.get(digest)?.equals(content)).toBe(true);
      // A stream, the whole, and a piece; then the commit.
      const bodies = registry.log
        .map((line) => line.split(' ')[0])
        .filter((method) => /^P[AU]/.test(method ?? ''));
      expect(bodies).toEqual(['PATCH', 'PUT', 'PATCH', 'PUT']);
    },
  );

  it('sends the spool if the connection breaks', async () => {
    const registry = await start({ PATCH: [cutAfter(3_000_000)] });
    await upload(registry);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('sends the layer in chunks if chunkSize is set', async () => {
    const registry = await start();
    const repository = parseReference(`${registry.host}/app`).context();
    await writeLayer(repository, oneShot(), { chunkSize: 2_500_000 });
    expect(registry.log.map((line) => line.split(' ')[0])).toEqual([
      'POST',
      'PATCH',
      'PATCH',
      'PATCH',
      'PUT',
    ]);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('sends the spool if the last request fails', async () => {
    const registry = await start({ PUT: [status(503)] });
    await upload(registry);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('A9: sends the layer from its start after a 401 in the middle', async () => {
    const expired: Fault = async (_registry, request, response) => {
      for await (const _chunk of request.iterator({ destroyOnReturn: false })) break;
      request.resume();
      const realm = `http://${request.headers.host ?? ''}/token`;
      response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="test"` }).end();
      return true;
    };
    const registry = await start({ PATCH: [expired] });
    await upload(registry);
    expect(registry.stored.get(digest)?.equals(content)).toBe(true);
  });

  it('U15: fails with the error of a source that breaks in the middle', async () => {
    function* broken(): Generator<Buffer> {
      yield content.subarray(0, 100_000);
      throw new Error('the source broke');
    }
    const registry = await start();
    await expect(upload(registry, oneShot(broken()))).rejects.toThrow('the source broke');
    expect(registry.stored.size).toBe(0);
  });

  it('U15: refuses a layer that was read before', async () => {
    const registry = await start();
    const layer = oneShot();
    (await layer.compressed()).destroy();
    await expect(upload(registry, layer)).rejects.toThrow(StreamConsumedError);
  });
});
