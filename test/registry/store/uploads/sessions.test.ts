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
  // A request is a stream first; nothing else of it is used here.
  const request = new PassThrough() as unknown as IncomingMessage;
  (request as unknown as PassThrough).end(Buffer.alloc(bytes));
  await session.exclusively(request, async () => session.receive(request));
}

describe('UploadSessions', () => {
  it('E11: forgets an upload that nobody touched for the time to live', async () => {
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

  it('E11: takes the oldest abandoned uploads away when they hold too many bytes', async () => {
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

  it('keeps an upload of any size whose client is at work', async () => {
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

  it('E11: forgets uploads of a registry that nobody uses any more', async () => {
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
    // Whoever finishes an upload may begin another one.
    await sessions.end(first);
    await sessions.start({ ...APP, ...one });
    await expect(sessions.start({ ...APP, ...one })).rejects.toMatchObject({ status: 429 });
    await sessions.endAll();
  });

  it('Z1: an abandoned upload makes room for a new one when the limit is reached, the oldest first', async () => {
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

  it('Z1: an upload with a request at work makes no room, however long that takes', async () => {
    const { sessions, clock } = makeSessions({ maxUploadsPerClient: 1 });
    const session = await sessions.start(APP);
    const request = new PassThrough() as unknown as IncomingMessage;
    const working = session.exclusively(request, async () => session.receive(request));
    clock.now = 10 * MINUTE;
    await expect(sessions.start(APP)).rejects.toMatchObject({ status: 429 });
    // It does not expire either.
    clock.now = 100 * MINUTE;
    await sessions.start({ ...APP, client: '192.0.2.1' });
    expect(await sessions.find('app', session.id)).toBe(session);
    (request as unknown as PassThrough).end('done');
    await working;
    await sessions.endAll();
  });

  it('Z2: the steps of a request do not grow with the number of open uploads', async () => {
    const steps = async (uploads: number): Promise<number> => {
      const { sessions, clock } = makeSessions({
        maxUploads: uploads + 100,
        maxUploadsPerRepository: uploads + 100,
        maxUploadsPerClient: uploads + 100,
      });
      let ages = 0;
      for (let opened = 0; opened < uploads; opened += 1) await sessions.start(APP);
      // All of them become abandoned: the first request afterwards moves each one, and no later one sees it again.
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
