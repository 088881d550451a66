import { describe, expect, it, jest } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { newInMemoryBlobHandler } from '../../../../src/registry/store/memory/blobs.js';
import type { UploadLimits } from '../../../../src/registry/store/uploads/limits.js';
import { UploadSession } from '../../../../src/registry/store/uploads/session.js';
import { UploadSessions } from '../../../../src/registry/store/uploads/sessions.js';

const MINUTE = 60_000;

const APP = { repository: 'app', client: '127.0.0.1', algorithm: 'sha256' } as const;

function makeSessions(limits: Partial<UploadLimits> = {}) {
  const clock = { now: 0 };
  let open = 0;
  const sessions = new UploadSessions(
    async () => {
      const upload = await newInMemoryBlobHandler().startUpload!();
      open += 1;
      return { ...upload, discard: async () => void (open -= 1) };
    },
    {
      uploadTtlMs: 60 * MINUTE,
      maxIdleUploadBytes: 1000,
      maxUploads: 100,
      maxUploadsPerRepository: 100,
      maxUploadsPerClient: 100,
      ...limits,
    },
    () => clock.now,
  );
  return { sessions, clock, open: () => open };
}

async function fill(session: UploadSession, bytes: number): Promise<void> {
  // Only the stream of a request is used here.
  const request = new PassThrough() as unknown as IncomingMessage;
  (request as unknown as PassThrough).end(Buffer.alloc(bytes));
  await session.exclusively(request, async () => session.receive(request));
}

describe('UploadSessions', () => {
  it('E11: discards an upload that is unused for its time to live', async () => {
    const { sessions, clock, open } = makeSessions();
    const left = await sessions.start(APP);
    const used = await sessions.start(APP);
    clock.now = 59 * MINUTE;
    await sessions.find('app', used.id);
    clock.now = 60 * MINUTE;
    await expect(sessions.find('app', left.id)).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' });
    expect(open()).toBe(1);
    expect(await sessions.find('app', used.id)).toBe(used);
    await sessions.endAll();
    expect(open()).toBe(0);
  });

  it('E11: discards the oldest abandoned uploads if they hold too many bytes', async () => {
    const { sessions, clock, open } = makeSessions();
    const [first, second] = [await sessions.start(APP), await sessions.start(APP)];
    await fill(first, 800);
    await fill(second, 800);
    await sessions.start(APP);
    expect(open()).toBe(3);
    clock.now = MINUTE;
    const last = await sessions.start(APP);
    expect(open()).toBe(3);
    await expect(sessions.find('app', first.id)).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' });
    expect(await sessions.find('app', second.id)).toBe(second);
    expect(await sessions.find('app', last.id)).toBe(last);
    await sessions.endAll();
  });

  it('keeps an upload of any size while a client uses it', async () => {
    const { sessions, clock } = makeSessions({ maxIdleUploadBytes: 0 });
    const session = await sessions.start(APP);
    const request = new PassThrough() as unknown as IncomingMessage;
    const working = session.exclusively(request, async () => session.receive(request));
    clock.now = 600 * MINUTE;
    await sessions.start(APP);
    expect(await sessions.find('app', session.id)).toBe(session);
    (request as unknown as PassThrough).end('done');
    await working;
    expect(session.size).toBe(4);
    await sessions.endAll();
  });

  it('E11: discards uploads of a registry that receives no more requests', async () => {
    const { sessions, clock, open } = makeSessions({ uploadTtlMs: 1 });
    await sessions.start(APP);
    clock.now = MINUTE;
    while (open() > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(open()).toBe(0);
  });

  it.each([
    ['of this registry', { maxUploads: 2 }, { repository: 'other', client: '::1' }],
    ['of this repository', { maxUploadsPerRepository: 2 }, { client: '::1' }],
    ['of this client', { maxUploadsPerClient: 2 }, { repository: 'other' }],
  ] as const)('Z1: refuses one more upload than the limit %s allows', async (whose, limits, one) => {
    const { sessions, clock, open } = makeSessions(limits);
    const first = await sessions.start(APP);
    const [kept] = await Promise.allSettled([1, 2, 3].map(async () => sessions.start(APP)));
    expect(kept?.status).toBe('fulfilled');
    expect(open()).toBe(2);
    clock.now = 20_500;
    await expect(sessions.start({ ...APP, ...one })).rejects.toMatchObject({
      status: 429,
      code: 'TOOMANYREQUESTS',
      message: expect.stringContaining(whose),
      headers: { 'Retry-After': 40 },
    });
    // A client that finishes an upload may begin another one.
    await sessions.end(first);
    await sessions.start({ ...APP, ...one });
    await expect(sessions.start({ ...APP, ...one })).rejects.toMatchObject({ status: 429 });
    await sessions.endAll();
  });

  it('Z1: discards the oldest abandoned upload to make room for a new one at the limit', async () => {
    const { sessions, clock, open } = makeSessions({ maxUploadsPerClient: 2 });
    const other = await sessions.start({ ...APP, client: '192.0.2.1' });
    const first = await sessions.start(APP);
    const second = await sessions.start(APP);
    clock.now = 30_000;
    await sessions.find('app', first.id);
    clock.now = 60_000;
    await sessions.start(APP);
    await expect(sessions.find('app', second.id)).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' });
    expect(await sessions.find('app', first.id)).toBe(first);
    expect(await sessions.find('app', other.id)).toBe(other);
    expect(open()).toBe(3);
    await sessions.endAll();
  });

  it('Z1: does not discard an upload that a request is using, however long that takes', async () => {
    const { sessions, clock } = makeSessions({ maxUploadsPerClient: 1 });
    const session = await sessions.start(APP);
    const request = new PassThrough() as unknown as IncomingMessage;
    const working = session.exclusively(request, async () => session.receive(request));
    clock.now = 10 * MINUTE;
    await expect(sessions.start(APP)).rejects.toMatchObject({ status: 429 });
    // The upload does not expire, either.
    clock.now = 100 * MINUTE;
    await sessions.start({ ...APP, client: '192.0.2.1' });
    expect(await sessions.find('app', session.id)).toBe(session);
    (request as unknown as PassThrough).end('done');
    await working;
    await sessions.endAll();
  });

  it('Z2: needs a number of steps per request that does not grow with the open uploads', async () => {
    const steps = async (uploads: number): Promise<number> => {
      const { sessions, clock } = makeSessions({
        maxUploads: uploads + 100,
        maxUploadsPerRepository: uploads + 100,
        maxUploadsPerClient: uploads + 100,
      });
      let ages = 0;
      for (let opened = 0; opened < uploads; opened += 1) await sessions.start(APP);
      // All become abandoned: the next request moves each of them once, and later requests do not visit them.
      clock.now = MINUTE;
      await sessions.start(APP);
      const idle = jest.spyOn(UploadSession.prototype, 'idle', 'get').mockImplementation(() => {
        ages += 1;
        return true;
      });
      try {
        for (let request = 0; request < 50; request += 1) {
          clock.now += 1;
          await sessions.start(APP);
        }
      } finally {
        idle.mockRestore();
      }
      await sessions.endAll();
      return ages;
    };
    expect(await steps(2000)).toBe(await steps(1000));
    expect(await steps(1000)).toBeLessThan(200);
  });
});
