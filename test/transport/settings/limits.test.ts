import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { newGotClient } from '../../../src/transport/http/got-client.js';
import { Gate } from '../../../src/transport/wire/gate.js';
import { rateWindow } from '../../../src/transport/wire/rate-window.js';
import { startContent } from '../../support/servers/content-server.js';
import { fakeClock } from '../../support/tools/fake-clock.js';
import { fc } from '../../support/tools/fast-check.js';
import { sendJson, useServers } from '../../support/servers/http-server.js';
import { openSession, read } from '../../support/servers/session.js';

const servers = useServers();
/** Runs all callbacks that are ready. */
const settle = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the request rate', () => {
  it('is never exceeded within a second, whenever requests come', () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), pauses, (perSecond, waits) => {
        const rate = rateWindow(perSecond);
        const begun: number[] = [];
        let now = 0;
        for (const wait of waits) {
          now += wait;
          now += rate.delay(now);
          expect(rate.delay(now)).toBe(0);
          rate.begin(now);
          begun.push(now);
          expect(begun.filter((at) => at > now - 1000).length).toBeLessThanOrEqual(perSecond);
        }
      }),
    );
  });

  it.each([
    [0.5, 2000],
    [1, 1000],
    [2.5, 800],
  ])('of %d per second allows a full window every %d ms', (perSecond, window) => {
    const rate = rateWindow(perSecond);
    for (let index = 0; index < Math.max(1, Math.floor(perSecond)); index += 1) {
      expect(rate.delay(0)).toBe(0);
      rate.begin(0);
    }
    expect(rate.delay(0)).toBe(window);
  });

  it('does not block requests if the clock is set back', () => {
    const rate = rateWindow(1);
    rate.begin(1e9);
    expect(rate.delay(0)).toBe(1000);
  });

  it('applies to all sessions of a client, including pings', async () => {
    const server = await startContent(servers, {
      instead: ({ url }, response) => url !== '/v2/' && (response.end('ok'), true),
    });
    const clock = fakeClock();
    const options = { client: newGotClient(), clock, requestsPerSecond: 2 };
    const sessions = [openSession(server.host, options), openSession(server.host, options)];
    for (let round = 0; round < 3; round += 1) {
      for (const session of sessions) (await session.request(read())).body.resume();
    }
    expect(server.seen).toHaveLength(7);
    // Three full windows precede the seventh request.
    expect(clock.sleeps).toEqual([1000, 1000, 1000]);
  });

  it('is that of the host if it has one, and other hosts have none', async () => {
    const target = await startContent(servers, {
      instead: (_request, response) => (response.end('there'), true),
    });
    const server = await startContent(servers, {
      instead: ({ url }, response) => {
        if (url === '/v2/') return false;
        response.writeHead(307, { location: `${target.origin}/blob` });
        response.end();
        return true;
      },
    });
    const clock = fakeClock();
    const session = openSession(server.host, {
      clock,
      requestsPerSecond: 1,
      registries: { [server.host]: { requestsPerSecond: 100 } },
    });
    for (let round = 0; round < 4; round += 1) (await session.request(read())).body.resume();
    expect(target.seen).toHaveLength(4);
    expect(clock.sleeps).toEqual([]);
  });
});

describe('a gate', () => {
  it('lets requests through in the order in which they came', async () => {
    const gate = new Gate({ maxConcurrentRequests: 1 });
    const clock = fakeClock();
    const order: number[] = [];
    const first = await gate.enter(clock, {});
    const others = [1, 2, 3].map(async (number) => {
      const pass = await gate.enter(clock, {});
      order.push(number);
      pass.leave();
      pass.leave();
    });
    await settle();
    expect(order).toEqual([]);
    first.leave();
    await Promise.all(others);
    expect(order).toEqual([1, 2, 3]);
  });

  it('forgets an aborted request, before and during the wait', async () => {
    const gate = new Gate({ maxConcurrentRequests: 1 });
    const clock = fakeClock();
    await expect(gate.enter(clock, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
    const held = await gate.enter(clock, {});
    const controller = new AbortController();
    const entering = gate.enter(clock, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(entering).rejects.toThrow('enough');
    held.leave();
    (await gate.enter(clock, {})).leave();
  });

  it('stops its timer if no request waits, and starts again for a later request', async () => {
    const slept: AbortSignal[] = [];
    const clock = {
      now: () => time,
      sleep: async (_ms: number, { signal }: { signal?: AbortSignal | undefined } = {}) => {
        slept.push(signal!);
        await once(signal!, 'abort');
        signal!.throwIfAborted();
      },
    };
    let time = 0;
    const gate = new Gate({ requestsPerSecond: 1 });
    (await gate.enter(clock, {})).leave();
    const controller = new AbortController();
    const entering = gate.enter(clock, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(entering).rejects.toThrow('enough');
    expect(slept.map(({ aborted }) => aborted)).toEqual([true]);
    await settle();
    time = 1000;
    (await gate.enter(clock, {})).leave();
  });

  it('counts a response until its last byte', async () => {
    const gate = new Gate({ maxConcurrentRequests: 1 });
    const clock = fakeClock();
    const body = new PassThrough();
    (await gate.enter(clock, {})).leaveAfter(body);
    let entered = false;
    const next = gate.enter(clock, {}).then(() => (entered = true));
    body.resume();
    body.write('some');
    await settle();
    expect(entered).toBe(false);
    body.end();
    await next;
  });

  it('does not let an unread body block other requests', async () => {
    const gate = new Gate({ maxConcurrentRequests: 2 }, 20);
    const clock = fakeClock();
    const [untouched, halfRead] = [new PassThrough(), new PassThrough()];
    for (const body of [untouched, halfRead]) {
      body.write('some');
      (await gate.enter(clock, {})).leaveAfter(body);
    }
    const reader = halfRead[Symbol.asyncIterator]();
    await reader.next();
    halfRead.write('more');
    await Promise.all([gate.enter(clock, {}), gate.enter(clock, {})]);
    untouched.destroy();
    halfRead.destroy();
  });

  it('waits for a body that is being read, however slow its sender is', async () => {
    const gate = new Gate({ maxConcurrentRequests: 1 }, 5);
    const clock = fakeClock();
    const body = new PassThrough();
    (await gate.enter(clock, {})).leaveAfter(body);
    body.resume();
    let entered = false;
    const next = gate.enter(clock, {}).then(() => (entered = true));
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(entered).toBe(false);
    body.end();
    await next;
  });
});

describe('maxConcurrentRequests', () => {
  it('is never exceeded at the registry, and every request is sent in the end', async () => {
    let [running, most] = [0, 0];
    const server = await servers.http(({ url }, response) => {
      if (url === '/v2/') {
        sendJson(response, 200, {});
        return;
      }
      running += 1;
      most = Math.max(most, running);
      setTimeout(() => {
        running -= 1;
        response.end('ok');
      }, 2);
    });
    const session = openSession(server.host, { maxConcurrentRequests: 3 });
    await Promise.all(
      Array.from({ length: 30 }, async () => {
        const { body } = await session.request(read());
        await text(body);
      }),
    );
    expect(most).toBe(3);
  });

  it('admits further requests after failures', async () => {
    const server = await startContent(servers, {
      instead: ({ url, socket }) => url !== '/v2/' && (socket.destroy(), true),
    });
    const session = openSession(server.host, { maxConcurrentRequests: 1, retry: { attempts: 2 } });
    for (let round = 0; round < 3; round += 1) {
      await expect(session.request(read())).rejects.toMatchObject({ code: 'TRANSPORT' });
    }
  });
});
