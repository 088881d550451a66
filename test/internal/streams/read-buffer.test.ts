import { afterEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { setImmediate } from 'node:timers/promises';
import { reuseReadBuffer } from '../../../src/internal/streams/read-buffer.js';
import { certificates } from '../../support/servers/certificates.js';
import { useServers } from '../../support/servers/http-server.js';

const servers = useServers();
const agents: http.Agent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy();
});

const content = randomBytes(5_000_000);

/** Asks with an agent that reuses its buffers; gives the chunks as they were when they came, and as they are at the end. */
async function get(url: string, agent: http.Agent): Promise<{ then: Buffer; now: Buffer; shared: number }> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    const { get: ask } = url.startsWith('https:') ? https : http;
    ask(url, { agent, rejectUnauthorized: false }, resolve).once('error', reject);
  });
  const kept: Buffer[] = [];
  const copies: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) {
    kept.push(chunk);
    copies.push(Buffer.from(chunk));
    await setImmediate();
  }
  const memories = new Set(kept.map((chunk) => chunk.buffer));
  return { then: Buffer.concat(copies), now: Buffer.concat(kept), shared: kept.length - memories.size };
}

describe('reuseReadBuffer', () => {
  it.each(['http', 'https'])('does not mix up what %s connections read at the same time', async (scheme) => {
    const tls = scheme === 'https' ? (await certificates()).server : undefined;
    const server = await servers.http((_request, response) => response.end(content), { ...(tls && { tls }) });
    const agent = reuseReadBuffer(new (tls ? https : http).Agent({ keepAlive: true, maxSockets: 3 }));
    agents.push(agent);
    const responses = await Promise.all(Array.from({ length: 6 }, () => get(server.origin, agent)));
    for (const { then, now } of responses) {
      expect(then.equals(content)).toBe(true);
      expect(now.equals(content)).toBe(true);
    }
    expect(server.connections()).toBe(3);
  });

  it('relies on a parser that gives each chunk of a body memory of its own', async () => {
    const server = await servers.http((_request, response) => response.end(content));
    const agent = reuseReadBuffer(new http.Agent({ keepAlive: true }));
    agents.push(agent);
    expect((await get(server.origin, agent)).shared).toBe(0);
  });

  it('notices when the server closes an idle connection', async () => {
    const server = await servers.http((_request, response) => response.end('short'));
    const agent = reuseReadBuffer(new http.Agent({ keepAlive: true }));
    agents.push(agent);
    await get(server.origin, agent);
    await server.close();
    while (Object.keys(agent.freeSockets).length > 0) await setImmediate();
    expect(Object.keys(agent.sockets)).toEqual([]);
  });

  it('reports a connection that is refused', async () => {
    const server = await servers.http((_request, response) => response.end());
    await server.close();
    const agent = reuseReadBuffer(new http.Agent());
    agents.push(agent);
    await expect(get(server.origin, agent)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
