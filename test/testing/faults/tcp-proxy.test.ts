import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { NotFoundError } from '../../../src/errors/service/not-found.js';
import { serve } from '../../../src/registry/serve.js';
import { list } from '../../../src/remote/list.js';
import { parseReference } from '../../../src/name/parse-reference.js';
import { tcpProxy } from '../../../src/testing/faults/tcp-proxy.js';
import { blackhole, corrupt, resetAfter, truncate } from '../../../src/testing/faults/toxic.js';
import { useClosing } from '../../support/tools/closing.js';
import { eventually } from '../../support/tools/open-handles.js';
import { readAll } from '../../support/tools/read-all.js';
import { useServers } from '../../support/servers/http-server.js';

const closing = useClosing();
const servers = useServers();

/** A server that sends the same text on each connection and closes it. */
const talker = async (text: string) =>
  servers.raw((socket) => {
    socket.resume();
    socket.end(text);
  });

describe('tcpProxy', () => {
  it('forwards the connections of a registry and counts their bytes', async () => {
    const target = await closing(serve());
    const proxy = await closing(tcpProxy(target));
    const repository = parseReference(`${proxy.host}/app`).context();
    await expect(list(repository)).rejects.toThrow(NotFoundError);
    expect(proxy.bytes.up).toBeGreaterThan(0);
    expect(proxy.bytes.down).toBeGreaterThan(0);
  });

  it('truncates and corrupts the bytes of a connection', async () => {
    const target = await talker('abcdef');
    const cut = await closing(tcpProxy(target, { down: [truncate(3)] }));
    expect((await readAll(connect(cut.port, '127.0.0.1'))).toString()).toBe('abc');
    const changed = await closing(tcpProxy(target, { down: [corrupt(1, 0x20)] }));
    expect((await readAll(connect(changed.port, '127.0.0.1'))).toString()).toBe('aBcdef');
  });

  it('resets a connection after a number of bytes that the client sent', async () => {
    const target = await servers.raw((socket) => socket.resume());
    const proxy = await closing(tcpProxy(target, { up: [resetAfter(3)] }));
    const socket = connect(proxy.port, '127.0.0.1');
    socket.write('abcdef');
    await expect(readAll(socket)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(proxy.bytes.up).toBe(3);
  });

  it('keeps stalled connections open until it is closed', async () => {
    const proxy = await closing(tcpProxy(await talker('abcdef'), { down: [blackhole()] }));
    const socket = connect(proxy.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    expect(await eventually(() => proxy.openConnections() === 1)).toBe(true);
    const read = readAll(socket).catch(() => 'broken');
    await proxy.close();
    expect([Buffer.alloc(0), 'broken']).toContainEqual(await read);
  });

  it('closes a connection if the target is not running', async () => {
    const target = await talker('');
    await target.close();
    const proxy = await closing(tcpProxy(target));
    const socket = connect(proxy.port, '127.0.0.1');
    await new Promise((resolve) =>
      socket
        .once('close', resolve)
        .once('error', () => undefined)
        .resume(),
    );
  });

  it('stops at the end of an `await using` block', async () => {
    const target = await closing(serve());
    let url;
    {
      await using proxy = await tcpProxy(target);
      url = proxy.url;
      expect((await fetch(`${url}/v2/`)).status).toBe(200);
    }
    await expect(fetch(`${url}/v2/`)).rejects.toThrow();
  });
});
