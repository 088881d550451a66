import { once } from 'node:events';
import { lutimes, readdir, symlink } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { InUseError } from '../../src/errors/service/in-use.js';
import { image as randomImage } from '../../src/random/image.js';
import { newDiskStore } from '../../src/registry/store/disk/disk-store.js';
import { serve } from '../../src/registry/serve.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { get } from '../../src/remote/get.js';
import { write } from '../../src/remote/push.js';
import { startProgram } from '../support/programs/child.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();

const SERVE = `
import { newDiskStore } from 'ROOT/src/registry/store/disk/disk-store.ts';
import { serve } from 'ROOT/src/registry/serve.ts';
const server = await serve(newDiskStore(process.argv[2]));
console.log(server.host);`;

describe('the directory of a registry on disk', () => {
  it('can be used by only one process until it ends, also by a signal', async () => {
    const child = startProgram(temp.path(), SERVE, [temp.path('store')]);
    const [host] = (await once(child.stdout!, 'data')) as [Buffer];
    const image = randomImage(100, 1, { seed: 'kept' });
    await write(parseReference(`${host.toString().trim()}/app:v1`), image);

    const second = serve(newDiskStore(temp.path('store')));
    await expect(second).rejects.toThrow(InUseError);
    await expect(second).rejects.toMatchObject({
      code: 'IN_USE',
      path: temp.path('store/blobs'),
      holder: expect.stringContaining(`process ${child.pid}`),
    });
    // The failed attempt did not disturb the first process.
    await get(parseReference(`${host.toString().trim()}/app:v1`));

    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    const third = await serve(newDiskStore(temp.path('store')));
    const found = await get(parseReference(`${third.host}/app:v1`));
    expect(found.digest).toBe(await image.digest());
    await third.close();
  });

  it('can be used by only one store until its registry is closed', async () => {
    const first = await serve(newDiskStore(temp.path('store')));
    await expect(serve(newDiskStore(temp.path('store')))).rejects.toThrow(`process ${process.pid}`);
    await first.close();
    const second = await serve(newDiskStore(temp.path('store')));
    await second.close();
    expect(await readdir(temp.path('store/blobs'))).not.toContain('in-use.lock');
  });

  it('is released if the server cannot listen', async () => {
    const first = await serve({});
    await expect(serve({ ...newDiskStore(temp.path('store')), port: first.port })).rejects.toThrow(
      'EADDRINUSE',
    );
    await first.close();
    await (await serve(newDiskStore(temp.path('store')))).close();
  });

  it('is opened again by a registry with the same store, and includes what others wrote in between', async () => {
    const store = newDiskStore(temp.path('store'));
    await (await serve(store)).close();
    const other = await serve(newDiskStore(temp.path('store')));
    const image = randomImage(100, 1, { seed: 'other' });
    await write(parseReference(`${other.host}/app:v1`), image);
    await other.close();
    const again = await serve(store);
    expect((await get(parseReference(`${again.host}/app:v1`))).digest).toBe(await image.digest());
    await again.close();
  });

  it('Z13: is taken over if its holder was killed in another container and no longer refreshes its lock', async () => {
    const store = temp.path('store');
    await (await serve(newDiskStore(store))).close();
    const lock = `${store}/blobs/in-use.lock`;
    const holder = { id: 'a'.repeat(32), pid: 1, scope: 'container pid:[1]' };
    await symlink(JSON.stringify(holder), lock);
    // A lock is stale if it is not refreshed while another process waits; its time stamp does not matter.
    await lutimes(lock, 0, 0);
    await (await serve(newDiskStore(store))).close();
    expect(await readdir(`${store}/blobs`)).not.toContain('in-use.lock');
  }, 90_000);
});
