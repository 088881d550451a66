import { describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { parseReference } from '../../src/name/parse-reference.js';
import { compressedToLayer } from '../../src/partial/layers/compressed-layer.js';
import type { RemoteOptions } from '../../src/remote/connection/options.js';
import { writeLayer } from '../../src/remote/write-layer.js';
import { sha256Bytes } from '../../src/v1/hash.js';
import { ociLayer } from '../../src/v1/types.js';
import { chunked } from '../support/archives/chunked.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { useServers } from '../support/servers/http-server.js';

const servers = useServers();
const options: RemoteOptions = { clock: hurriedClock, retry: { attempts: 1 } };

describe('a blob that the registry confirms before it was sent completely', () => {
  const early = async (has: boolean, length?: number): Promise<{ host: string; requests: string[] }> => {
    const requests: string[] = [];
    const { host } = await servers.http((request, response) => {
      const { method = '', url = '' } = request;
      requests.push(method);
      if (url === '/v2/') response.end();
      else if (method === 'POST') response.writeHead(202, { location: '/v2/app/blobs/uploads/1' }).end();
      else if (method === 'PUT') response.writeHead(201, { connection: 'close' }).end();
      else if (!has || !requests.includes('PUT')) response.writeHead(404).end();
      else response.writeHead(200, length === undefined ? {} : { 'content-length': length }).end();
    });
    return { host, requests };
  };
  // More than the buffers of a connection hold.
  const content = randomBytes(24 * 1024 * 1024);
  const large = compressedToLayer({
    digest: async () => sha256Bytes(content),
    size: async () => content.length,
    mediaType: async () => ociLayer,
    compressed: async () => chunked(content),
  });

  it('G22: is not trusted, and its existence is checked', async () => {
    const { host } = await early(false);
    const writing = writeLayer(parseReference(`${host}/app`).context(), large, options);
    await expect(writing).rejects.toThrow('before it had all of the 25165824 bytes');
  });

  it('N16: is not trusted if the registry has a blob of another length under the digest', async () => {
    const { host } = await early(true, 0);
    const writing = writeLayer(parseReference(`${host}/app`).context(), large, options);
    await expect(writing).rejects.toThrow('before it had all of the 25165824 bytes');
  });

  it('G22: is accepted if the registry has it', async () => {
    const { host, requests } = await early(true);
    await writeLayer(parseReference(`${host}/app`).context(), large, options);
    expect(requests.filter((method) => method === 'PUT')).toHaveLength(1);
  });
});
