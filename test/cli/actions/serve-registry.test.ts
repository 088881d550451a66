import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { sendRequest } from '../../support/servers/send-request.js';
import { gantryPath } from '../../support/programs/gantry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();

describe('gantry registry serve', () => {
  it('Z14: exits with 0 after SIGTERM in the middle of an upload, and leaves no lock and no partial file', async () => {
    const child = spawn(process.execPath, [gantryPath, 'registry', 'serve', '--disk', temp.path('store')]);
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const url = line.toString().trim();
    const started = await sendRequest(url, '/v2/app/blobs/uploads/', { method: 'POST' });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `PATCH ${String(started.headers.location)} HTTP/1.1\r\nHost: test\r\nContent-Length: 9000000\r\n\r\n`,
    );
    socket.write(Buffer.alloc(3_000_000));
    const uploads = temp.path('store/blobs/uploads');
    while ((await readdir(uploads)).length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await readdir(uploads)).toEqual([]);
    expect(await readdir(temp.path('store/blobs'))).not.toContain('in-use.lock');
    expect(await readdir(temp.path('store/manifests'))).not.toContain('in-use.lock');
    socket.destroy();
  });
});
