import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseReference } from '../../src/name/parse-reference.js';
import { compressedToLayer } from '../../src/partial/layers/compressed-layer.js';
import { layer as remoteLayer } from '../../src/remote/layer.js';
import type { RemoteOptions } from '../../src/remote/connection/options.js';
import { writeLayer } from '../../src/remote/write-layer.js';
import { serve } from '../../src/registry/serve.js';
import type { FaultPlan } from '../../src/testing/faults/fault-plan.js';
import { type FaultProxy, faultProxy } from '../../src/testing/faults/fault-proxy.js';
import { seededRandom } from '../../src/testing/faults/seeded-random.js';
import { resetAfter, truncate } from '../../src/testing/faults/toxic.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import { ociLayer } from '../../src/v1/types.js';
import type { Digest } from '../../src/name/reference.js';
import { chunked } from '../support/archives/chunked.js';
import { startDockerRegistry } from '../support/programs/docker-registry.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { noise } from '../support/tools/noise.js';
import { describeWithPeers } from '../support/programs/peers.js';
import { measure } from '../support/tools/read-all.js';

const KIB = 1024;
const SIZE = 4096 * KIB;
const CHUNK = 512 * KIB;
const SEED = 20261122;
const content = noise(SIZE);
const digest = sha256Bytes(content);

/** Where connections are cut: the ends, around every 64 KiB, and 200 places more. */
const offsets = ((): readonly number[] => {
  const random = seededRandom(SEED);
  const around = Array.from({ length: SIZE / (64 * KIB) - 1 }, (_, at) => (at + 1) * 64 * KIB);
  const seeded = Array.from({ length: 200 }, () => Math.floor(random() * SIZE));
  const all = [0, 1, ...around.flatMap((at) => [at - 1, at, at + 1]), SIZE - 1, ...seeded];
  return [...new Set(all)].sort((a, b) => a - b);
})();

const layer = compressedToLayer({
  digest: async () => digest,
  size: async () => SIZE,
  mediaType: async () => ociLayer,
  compressed: async () => chunked(content),
});

interface SweptRegistry {
  readonly host: string;
  close(): Promise<void>;
}

/** How often one upload may be cut in a registry, and how many bytes are sent again after each cut. */
interface Resilience {
  readonly cutsPerUpload: number;
  readonly sentAgain: (offset: number, chunkSize: number | undefined) => number;
}

/** Parts the offsets into groups, so that those of one group lie far apart. */
function groupsOf(size: number): number[][] {
  const count = Math.ceil(offsets.length / size);
  return Array.from({ length: count }, (_, group) => offsets.filter((_offset, at) => at % count === group));
}

/** Every second cut is an RST; the others close the connection in order. */
function describeSweeps(start: () => Promise<SweptRegistry>, resilience: Resilience): void {
  const client = newGotClient();
  const options: RemoteOptions = { client, clock: hurriedClock };
  let registry: SweptRegistry;
  let proxy: FaultProxy;
  let next = 0;

  beforeAll(async () => {
    registry = await start();
    proxy = await faultProxy(`http://${registry.host}`);
    await writeLayer(parseReference(`${proxy.host}/source`).context(), layer, options);
  });
  afterAll(async () => {
    await client.close();
    await proxy.close();
    await registry.close();
  });

  /** The offset in the blob at which the body of a request or response begins, and its bytes; undefined without a body. */
  const place = (way: 'up' | 'down', { method, url, headers }: Parameters<FaultPlan>[0]) => {
    if (way === 'up') {
      const length = Number(headers['content-length'] ?? 0);
      const first = Number(/^(\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? 0);
      return ['PUT', 'PATCH'].includes(method) && length > 0 ? { first, length } : undefined;
    }
    const first = Number(/^bytes=(\d+)-/.exec(headers.range ?? '')?.[1] ?? 0);
    return method === 'GET' && url.includes('/blobs/sha256:') ? { first, length: SIZE - first } : undefined;
  };

  /** Runs one transfer that is cut at each of the offsets. Returns how many bytes were transferred more than once. */
  const passedAgain = async (
    way: 'up' | 'down',
    cuts: readonly number[],
    transfer: () => Promise<void>,
  ): Promise<number> => {
    const pending = [...cuts];
    proxy.setPlan((request) => {
      const [offset] = pending;
      const body = place(way, request);
      if (offset === undefined || body === undefined) return undefined;
      if (offset < body.first || offset >= body.first + body.length) return undefined;
      pending.shift();
      const cut = (next += 1) % 2 === 0 ? resetAfter : truncate;
      return { [way]: [cut(offset - body.first)] };
    });
    const from = proxy.exchanges.length;
    await transfer();
    expect(pending).toEqual([]);
    const count = way === 'up' ? 'requestBytes' : 'responseBytes';
    const bytes = proxy.exchanges.slice(from).reduce((sum, exchange) => sum + exchange[count], 0);
    return bytes - SIZE;
  };

  it('T7: downloads resume wherever they are cut, and fetch almost nothing twice', async () => {
    const reference = parseReference(`${proxy.host}/source@${digest}`) as Digest;
    const blob = await remoteLayer(reference, options);
    for (const cuts of groupsOf(20)) {
      const again = await passedAgain('down', cuts, async () => {
        expect(await measure(await blob.compressed())).toEqual({ digest, size: SIZE });
      });
      expect(again).toBeLessThanOrEqual(cuts.length * 64 * KIB);
    }
  }, 300_000);

  it.each([
    ['in one piece', undefined],
    ['in chunks', CHUNK],
  ])(
    'U5: uploads %s resume wherever they are cut',
    async (_title, chunkSize) => {
      for (const cuts of groupsOf(resilience.cutsPerUpload)) {
        const repository = parseReference(`${proxy.host}/target${(next += 1)}`).context();
        const again = await passedAgain('up', cuts, async () => {
          await writeLayer(repository, layer, { ...options, chunkSize });
        });
        const most = cuts.map((offset) => resilience.sentAgain(offset, chunkSize));
        expect(again).toBeLessThanOrEqual(most.reduce((sum, bytes) => sum + bytes, 0));
        proxy.setPlan(undefined);
        const stored = await remoteLayer(parseReference(`${repository.name()}@${digest}`) as Digest, options);
        expect(await stored.size()).toBe(SIZE);
      }
    },
    300_000,
  );
}

describe('transfers that are cut anywhere, with the embedded registry', () => {
  // Without chunks: the bytes that were not stored yet when the connection broke.
  const sentAgain = (_offset: number, chunkSize = 512 * KIB): number => chunkSize;
  describeSweeps(async () => serve(), { cutsPerUpload: 20, sentAgain });
});

describeWithPeers('transfers that are cut anywhere, with Distribution', ['docker-registry'], (peers) => {
  // Distribution drops an upload as soon as it holds bytes that it has not reported to the client, and only a new upload
  // is possible then. It may accept one more chunk before it notices.
  const sentAgain = (offset: number, chunkSize = 0): number => offset + chunkSize;
  describeSweeps(async () => startDockerRegistry(peers['docker-registry']), { cutsPerUpload: 4, sentAgain });
});
