import { describe, expect, it } from '@jest/globals';
import { publish } from '../../src/transport/wire/diagnostics.js';
import { reportWaits } from '../../src/cli/progress/report-waits.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { compressedToImage } from '../../src/partial/compressed-image.js';
import { push } from '../../src/remote/push.js';
import type { HttpRequest } from '../../src/transport/guard/http-client.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { useRegistryBehind } from '../support/servers/registry-behind.js';
import { storedImage } from '../support/images/stored-image.js';

const registryBehind = useRegistryBehind();

describe('a registry that does not respond during an upload', () => {
  /** A client for which a minute takes 100 milliseconds, and the requests that it sent. */
  const hurried = () => {
    const sentRequests: HttpRequest[] = [];
    const client = newGotClient({ headersTimeoutMs: 100, commitTimeoutMs: 100 });
    return {
      asked: sentRequests,
      client: {
        request: async (request: HttpRequest) => {
          sentRequests.push(request);
          return client.request(request);
        },
      },
    };
  };

  it('N17: gets time in proportion to the size of the blob', async () => {
    const { asked: sentRequests, client } = hurried();
    const { host } = await registryBehind(() => false);
    const image = compressedToImage(storedImage());
    await push(parseReference(`${host}/app:v1`), image, { client, clock: hurriedClock });
    const sizes = await Promise.all((await image.layers()).map(async (layer) => layer.size()));
    const of = (path: string) =>
      sentRequests.filter(({ method, url }) => method === 'PUT' && url.pathname.includes(path));
    expect(of('/blobs/').map(({ commitBytes }) => commitBytes)).toEqual(expect.arrayContaining(sizes));
    expect(of('/manifests/').map(({ commitBytes }) => commitBytes)).toEqual([undefined]);
  });

  it('N17: gets one more request before the upload fails', async () => {
    const { asked: sentRequests, client } = hurried();
    let sent = false;
    const { host, requests } = await registryBehind(({ method = '', url = '' }) => {
      sent ||= method === 'PUT' && url.includes('/blobs/');
      return sent;
    });
    const image = compressedToImage(storedImage());
    const clock = { ...hurriedClock, now: () => sentRequests.length * 60_000 };
    const pushing = push(parseReference(`${host}/app:v1`), image, { client, clock, jobs: 1 });
    await expect(pushing).rejects.toThrow(/^PUT \S+: connected, but no response within 100 ms/);
    const put = requests.findIndex((request) => request.startsWith('PUT'));
    const after = sentRequests.slice(put + 1).filter(({ method }) => method !== 'DELETE');
    expect(after.map(({ method, headersTimeoutMs }) => [method, headersTimeoutMs])).toEqual([
      ['GET', 12_000],
    ]);
  });

  it('N17: is reported by gantry if it is late, but not if it is merely slow', () => {
    const lines: string[] = [];
    const stop = reportWaits((line) => lines.push(line));
    const event = { method: 'PUT', url: 'https://registry.example/v2/', limitMs: 45_000 };
    publish('wait', () => ({ ...event, waitedMs: 4000 }));
    publish('wait', () => ({ ...event, waitedMs: 15_000 }));
    stop();
    publish('wait', () => ({ ...event, waitedMs: 15_000 }));
    expect(lines).toEqual(['no response for 15 s, waiting for up to 45 s: PUT https://registry.example/v2/']);
  });
});
