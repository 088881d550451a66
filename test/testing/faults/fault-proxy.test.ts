import { request as httpRequest } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { TransportError } from '../../../src/errors/service/transport.js';
import { parseReference } from '../../../src/name/parse-reference.js';
import { image as randomImage } from '../../../src/random/image.js';
import { newRegistry } from '../../../src/registry/registry.js';
import { image } from '../../../src/remote/image.js';
import { list } from '../../../src/remote/list.js';
import { write } from '../../../src/remote/push.js';
import type { RemoteOptions } from '../../../src/remote/connection/options.js';
import { errorResponse, noResponse } from '../../../src/testing/server/responses.js';
import { type FaultProxy, faultProxy } from '../../../src/testing/faults/fault-proxy.js';
import type { FaultPlan } from '../../../src/testing/faults/fault-plan.js';
import { randomFaults } from '../../../src/testing/faults/random-faults.js';
import { scriptedRegistry } from '../../../src/testing/scripted-registry.js';
import {
  bandwidth,
  blackhole,
  corrupt,
  latency,
  resetAfter,
  truncate,
} from '../../../src/testing/faults/toxic.js';
import { newGotClient } from '../../../src/transport/http/got-client.js';
import { image as validateImage } from '../../../src/validate/image.js';
import { useClosing } from '../../support/tools/closing.js';
import { hurriedClock } from '../../support/tools/hurried-clock.js';
import { eventually } from '../../support/tools/open-handles.js';

const closing = useClosing();
const options: RemoteOptions = { clock: hurriedClock };
const content = Buffer.from('0123456789'.repeat(10_000));
const origin = async () => closing(scriptedRegistry(() => ({ body: content })));

const isUpload = ({ method, url }: { method: string; url: string }): boolean =>
  method === 'PUT' && url.includes('/uploads/');
const isDownload = ({ method, url }: { method: string; url: string }): boolean =>
  method === 'GET' && url.includes('/blobs/sha256:');

/** A plan that uses a fault for the first request that matches. */
function once(
  kind: (request: { method: string; url: string }) => boolean,
  fault: ReturnType<FaultPlan>,
): FaultPlan {
  let used = false;
  return (request) => {
    if (used || !kind(request)) return undefined;
    used = true;
    return fault;
  };
}

async function roundTrip(proxy: FaultProxy, more: RemoteOptions = {}): Promise<void> {
  const pushed = randomImage(200_000, 2);
  const reference = parseReference(`${proxy.host}/app:v1`);
  await write(reference, pushed, { ...options, ...more });
  const pulled = await image(reference, { ...options, ...more });
  await validateImage(pulled);
  expect(await pulled.digest()).toBe(await pushed.digest());
}

describe('faultProxy', () => {
  it('forwards requests and responses, and counts their bytes', async () => {
    const proxy = await closing(faultProxy(newRegistry()));
    await roundTrip(proxy);
    const uploaded = proxy.exchanges.filter(isUpload).map(({ requestBytes }) => requestBytes);
    const downloaded = proxy.exchanges.filter(isDownload).map(({ responseBytes }) => responseBytes);
    expect(uploaded.sort()).toEqual(downloaded.sort());
    expect(proxy.exchanges.every(({ status, fault }) => status !== undefined && fault === undefined)).toBe(
      true,
    );
  });

  it('replaces the URL of the target by its own in response headers, and keeps other URLs', async () => {
    const moved = await closing(
      scriptedRegistry(({ headers }) => ({
        headers: { location: `http://${headers.host ?? ''}/next`, link: '<http://127.0.0.9/>; rel=next' },
      })),
    );
    const proxy = await closing(faultProxy(moved));
    const { headers } = await fetch(proxy.url, { redirect: 'manual' });
    expect(headers.get('location')).toBe(`${proxy.url}/next`);
    expect(headers.get('link')).toBe('<http://127.0.0.9/>; rel=next');
    expect(moved.requests[0]!.headers.host).toBe(moved.host);
  });

  it('forwards the Host header of the client with keepHost', async () => {
    const server = await origin();
    const proxy = await closing(faultProxy(server, { keepHost: true }));
    await (await fetch(proxy.url)).arrayBuffer();
    expect(server.requests[0]!.headers.host).toBe(proxy.host);
  });

  it('closes the connection of the client if the target is not running', async () => {
    const server = await scriptedRegistry([]);
    await server.close();
    const proxy = await closing(faultProxy(server));
    await expect(fetch(proxy.url)).rejects.toThrow();
  });

  it('ends the request to the target when the client disconnects', async () => {
    const server = await closing(scriptedRegistry(() => ({ stallAfter: -1 })));
    const proxy = await closing(faultProxy(server));
    const request = httpRequest(proxy.url, { agent: false });
    request.on('error', () => undefined);
    request.end();
    expect(await eventually(() => server.openConnections() === 1)).toBe(true);
    request.destroy();
    expect(await eventually(() => server.openConnections() === 0)).toBe(true);
  });

  it('stops at the end of an `await using` block, and with it a listener behind', async () => {
    let url;
    {
      await using proxy = await faultProxy(newRegistry());
      url = proxy.url;
      expect((await fetch(`${url}/v2/`)).status).toBe(200);
    }
    await expect(fetch(`${url}/v2/`)).rejects.toThrow();
  });
});

describe('a toxic of faultProxy', () => {
  const through = async (down: Parameters<typeof faultProxy>[1]) => {
    const proxy = await closing(faultProxy(await origin(), down));
    const body = fetch(proxy.url).then(async (response) => Buffer.from(await response.arrayBuffer()));
    return { proxy, body };
  };

  it('cuts a response after the given number of bytes', async () => {
    for (const toxic of [resetAfter, truncate]) {
      for (const offset of [0, 1, 70_000]) {
        const { proxy, body } = await through({ down: [toxic(offset)] });
        await expect(body).rejects.toThrow();
        expect(proxy.exchanges[0]!.responseBytes).toBe(offset);
      }
    }
  });

  it('cuts a request after the given number of bytes, and the target receives all of them', async () => {
    for (const offset of [0, 1, 70_000]) {
      const server = await origin();
      const proxy = await closing(faultProxy(server, { up: [resetAfter(offset)] }));
      await expect(fetch(proxy.url, { method: 'PUT', body: content })).rejects.toThrow();
      expect(await eventually(() => server.requests[0]?.bodyBytes === offset)).toBe(true);
    }
  });

  it('corrupts exactly one byte', async () => {
    const { body } = await through({ down: [corrupt(70_000)] });
    const bytes = await body;
    const different = [...bytes.keys()].filter((at) => bytes[at] !== content[at]);
    expect(different).toEqual([70_000]);
  });

  it('delays and slows the bytes without changing them', async () => {
    const { body } = await through({ down: [latency(1), bandwidth(20_000_000)] });
    expect((await body).equals(content)).toBe(true);
  });

  it('drops all bytes after an offset and keeps the connection open', async () => {
    const { proxy, body } = await through({ down: [blackhole(10)] });
    body.catch(() => undefined);
    expect(await eventually(() => proxy.exchanges[0]?.responseBytes === 10)).toBe(true);
    await proxy.close();
    await expect(body).rejects.toThrow();
  });
});

describe('a fault plan', () => {
  it('breaks a single exchange, and remote.write and remote.image recover from it', async () => {
    for (const plan of [
      once(isUpload, { up: [resetAfter(100_000)] }),
      once(isUpload, { response: noResponse(), afterForwarding: true }),
      once(isUpload, { response: errorResponse(502, 'UNKNOWN') }),
      once(isDownload, { down: [truncate(100_000)] }),
      once(({ method }) => method === 'POST', { response: noResponse('fin') }),
    ]) {
      const proxy = await closing(faultProxy(newRegistry(), { plan }));
      await roundTrip(proxy);
      expect(proxy.exchanges.filter(({ fault }) => fault !== undefined)).toHaveLength(1);
    }
  });

  it('can be replaced while the proxy runs', async () => {
    const proxy = await closing(
      faultProxy(newRegistry(), { plan: () => ({ response: errorResponse(400, 'UNSUPPORTED') }) }),
    );
    const repository = parseReference(`${proxy.host}/app`).context();
    await expect(list(repository, options)).rejects.toThrow(TransportError);
    proxy.setPlan(undefined);
    await roundTrip(proxy);
  });

  it('of randomFaults chooses the same faults for the same seed', () => {
    const draw = (seed: number) => {
      const plan = randomFaults({
        seed,
        reset: 0.1,
        serverError: 0.1,
        tooManyRequests: 0.1,
        stall: 0.1,
        truncate: 0.1,
      });
      return Array.from({ length: 200 }, () => plan({ method: 'GET', url: '/', headers: {} })?.name);
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    const names = new Set(draw(7));
    for (const name of [
      'reset before',
      'reset up',
      'reset down',
      'response lost',
      '429',
      'stall',
      'truncation',
    ]) {
      expect(names).toContain(name);
    }
    const share = draw(7).filter((name) => name !== undefined).length / 200;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
  });

  it('of randomFaults breaks pushes and pulls, which recover', async () => {
    const plan = randomFaults({
      seed: 11,
      reset: 0.1,
      serverError: 0.1,
      tooManyRequests: 0.05,
      stall: 0.03,
      truncate: 0.05,
    });
    const proxy = await closing(faultProxy(newRegistry(), { plan }));
    const client = newGotClient({ idleTimeoutMs: 300, headersTimeoutMs: 300, commitTimeoutMs: 300 });
    for (let count = 0; count < 5; count += 1) await roundTrip(proxy, { client, retry: { attempts: 10 } });
    await client.close();
    expect(proxy.exchanges.some(({ fault }) => fault !== undefined)).toBe(true);
  });
});
