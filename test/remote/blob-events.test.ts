import { expect, describe, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { newRepository } from '../../src/name/repository.js';
import { compressedToLayer } from '../../src/partial/layers/compressed-layer.js';
import { layer as openLayer } from '../../src/remote/layer.js';
import { writeLayer } from '../../src/remote/write-layer.js';
import { diagnosticsChannels } from '../../src/transport/wire/diagnostics.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import { ociLayer } from '../../src/v1/types.js';
import { useChannelMessages } from '../support/tools/channel-messages.js';
import { cutAfter, startFaultyRegistry } from '../support/servers/faulty-registry.js';
import { useServers } from '../support/servers/http-server.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { readAll } from '../support/tools/read-all.js';

const servers = useServers();
const messagesOn = useChannelMessages();
const content = randomBytes(300_000);
const digest = sha256Bytes(content);
const options = { clock: hurriedClock, retry: { attempts: 1 } };
const layer = compressedToLayer({
  digest: async () => digest,
  size: async () => content.length,
  mediaType: async () => ociLayer,
  compressed: async () => Readable.from([content], { objectMode: false }),
});

describe('the diagnostics of blobs', () => {
  it('U5: report where an upload resumes, and how it ends', async () => {
    const resumes = messagesOn(diagnosticsChannels.resume);
    const blobs = messagesOn(diagnosticsChannels.blob);
    const registry = await startFaultyRegistry(servers, { PUT: [cutAfter(100_000)] });
    const repository = newRepository(`${registry.host}/app`);
    await writeLayer(repository, layer, options);
    await writeLayer(repository, layer, options);
    const transfer = { direction: 'upload', repository: `${registry.host}/app`, digest };
    expect(resumes).toEqual([{ ...transfer, size: content.length, offset: 100_000 }]);
    expect(blobs).toMatchObject([
      { ...transfer, outcome: 'done', size: content.length, transferred: content.length },
      { ...transfer, outcome: 'existing', transferred: 0 },
    ]);
  });

  it('T7: report where a download resumes, and how it ends', async () => {
    const resumes = messagesOn(diagnosticsChannels.resume);
    const blobs = messagesOn(diagnosticsChannels.blob);
    const server = await servers.http((request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const end = content.length - 1;
      if (request.url === '/v2/') response.end();
      else if (from > 0) {
        response.writeHead(206, { 'content-range': `bytes ${from}-${end}/${content.length}` });
        response.end(content.subarray(from));
      } else {
        response.writeHead(200, { 'content-length': content.length });
        response.write(content.subarray(0, 100_000), () => response.destroy());
      }
    });
    const repository = newRepository(`${server.host}/app`);
    const remote = await openLayer(repository.digest(digest), options);
    expect((await readAll(await remote.compressed())).equals(content)).toBe(true);
    (await remote.compressed()).destroy();
    await new Promise(setImmediate);
    const transfer = { direction: 'download', repository: `${server.host}/app`, digest };
    expect(resumes).toMatchObject([{ ...transfer, offset: expect.any(Number) }]);
    expect(blobs).toMatchObject([
      { ...transfer, outcome: 'done', size: content.length, transferred: content.length },
      { ...transfer, outcome: 'dropped' },
    ]);
  });
});
