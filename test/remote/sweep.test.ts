import { describe, expect, it } from '@jest/globals';
import { parseReference } from '../../src/name/parse-reference.js';
import { compressedToLayer } from '../../src/partial/layers/compressed-layer.js';
import { layer as remoteLayer } from '../../src/remote/layer.js';
import { writeLayer } from '../../src/remote/write-layer.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import type { Digest } from '../../src/name/reference.js';
import { ociLayer } from '../../src/v1/types.js';
import { Readable } from 'node:stream';
import { cutAfter, startFaultyRegistry } from '../support/servers/faulty-registry.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { useServers } from '../support/servers/http-server.js';
import { noise } from '../support/tools/noise.js';
import { readAll } from '../support/tools/read-all.js';

const servers = useServers();
const STEP = 64 * 1024;
const content = noise(8 * STEP);
const digest = sha256Bytes(content);
const options = { clock: hurriedClock, retry: { attempts: 1 } };

/** Every boundary of a piece, one byte before and one after, and both ends. */
const offsets = Array.from({ length: 9 }, (_, at) => [at * STEP - 1, at * STEP, at * STEP + 1])
  .flat()
  .filter((offset) => offset >= 0 && offset < content.length);

describe('a transfer whose connection is cut at every boundary', () => {
  it('T7: downloads the blob completely, and no byte twice', async () => {
    let cut: number | undefined;
    let sent = 0;
    const server = await servers.http((request, response) => {
      if (request.url === '/v2/') return void response.end();
      const from = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const range = { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
      response.writeHead(from === 0 ? 200 : 206, {
        'content-length': content.length - from,
        ...(from > 0 && range),
      });
      const part = content.subarray(from, cut);
      sent += part.length;
      if (cut === undefined) return void response.end(part);
      cut = undefined;
      if (part.length === 0) response.flushHeaders();
      response.write(part, () => response.destroy());
    });
    const blob = await remoteLayer(parseReference(`${server.host}/app@${digest}`) as Digest, options);
    for (const offset of offsets) {
      cut = offset;
      sent = 0;
      const read = await readAll(await blob.compressed());
      expect({ offset, same: read.equals(content), sent }).toEqual({
        offset,
        same: true,
        sent: content.length,
      });
    }
  });

  it('U5: stores the blob completely, and once', async () => {
    for (const offset of offsets) {
      const registry = await startFaultyRegistry(servers, { PUT: [cutAfter(offset)] });
      const layer = compressedToLayer({
        digest: async () => digest,
        size: async () => content.length,
        mediaType: async () => ociLayer,
        compressed: async () => Readable.from([content], { objectMode: false }),
      });
      await writeLayer(parseReference(`${registry.host}/app`).context(), layer, options);
      expect({ offset, stored: [...registry.stored.values()].map((blob) => blob.equals(content)) }).toEqual({
        offset,
        stored: [true],
      });
    }
  });
});
