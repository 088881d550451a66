import { describe, expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { newInMemoryBlobHandler } from '../../src/registry/memory-blobs.js';
import type { UploadSession } from '../../src/registry/upload-session.js';
import { UploadSessions } from '../../src/registry/upload-sessions.js';

const MINUTE = 60_000;

function makeSessions(limits: { uploadTtlMs?: number; maxIdleUploadBytes?: number } = {}) {
  const clock = { now: 0 };
  let open = 0;
  const sessions = new UploadSessions(
    async () => {
      const upload = await newInMemoryBlobHandler().startUpload!();
      open += 1;
      return { ...upload, discard: async () => void (open -= 1) };
    },
    { uploadTtlMs: 60 * MINUTE, maxIdleUploadBytes: 1000, ...limits },
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
    const left = await sessions.start('app', 'sha256');
    const used = await sessions.start('app', 'sha256');
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
    const [first, second] = [await sessions.start('app', 'sha256'), await sessions.start('app', 'sha256')];
    await fill(first, 800);
    await fill(second, 800);
    await sessions.start('app', 'sha256');
    expect(open()).toBe(3);
    clock.now = MINUTE;
    const last = await sessions.start('app', 'sha256');
    expect(open()).toBe(3);
    await expect(sessions.find('app', first.id)).rejects.toMatchObject({ code: 'BLOB_UPLOAD_UNKNOWN' });
    expect(await sessions.find('app', second.id)).toBe(second);
    expect(await sessions.find('app', last.id)).toBe(last);
    await sessions.endAll();
  });

  it('keeps an upload of any size whose client is at work', async () => {
    const { sessions, clock } = makeSessions({ maxIdleUploadBytes: 0 });
    const session = await sessions.start('app', 'sha256');
    const request = new PassThrough() as unknown as IncomingMessage;
    const working = session.exclusively(request, async () => session.receive(request));
    clock.now = 600 * MINUTE;
    await sessions.start('app', 'sha256');
    expect(await sessions.find('app', session.id)).toBe(session);
    (request as unknown as PassThrough).end('done');
    await working;
    expect(session.size).toBe(4);
    await sessions.endAll();
  });

  it('E11: forgets uploads of a registry that nobody uses any more', async () => {
    const { sessions, clock, open } = makeSessions({ uploadTtlMs: 1 });
    await sessions.start('app', 'sha256');
    clock.now = MINUTE;
    while (open() > 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(open()).toBe(0);
  });
});
