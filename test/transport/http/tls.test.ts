import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import tls, { TLSSocket } from 'node:tls';
import type { TlsOptions } from '../../../src/transport/guard/http-client.js';
import { newGotClient } from '../../../src/transport/http/got-client.js';
import { certificates, type KeyPair } from '../../support/servers/certificates.js';
import { useServers } from '../../support/servers/http-server.js';

const servers = useServers();
const before = process.env.NODE_EXTRA_CA_CERTS;
afterEach(() => {
  if (before === undefined) delete process.env.NODE_EXTRA_CA_CERTS;
  else process.env.NODE_EXTRA_CA_CERTS = before;
});

const serve = (tls: KeyPair & { ca?: string }) =>
  servers.http((_request, response) => response.end('secure'), { tls });
const get = (port: number, tls?: TlsOptions, host = 'localhost') =>
  newGotClient().request({ method: 'GET', url: new URL(`https://${host}:${port}/`), headers: {}, tls });

describe('TLS', () => {
  it('trusts an authority in `ca`, alone or among others', async () => {
    const { ca, server } = await certificates();
    const { port } = await serve(server);
    for (const given of [ca, [ca], [`# comment\n${ca}\n${ca}`]]) {
      expect(await text((await get(port, { ca: given })).body)).toBe('secure');
    }
    expect(await text((await get(port, { ca }, '127.0.0.1')).body)).toBe('secure');
  });

  it.each<[string, 'server' | 'expired' | 'wrongHost', boolean, string]>([
    ['an unknown authority', 'server', false, 'unknown authority'],
    ['an expired certificate', 'expired', true, 'expired'],
    ['a certificate for another host', 'wrongHost', true, 'another host'],
  ])('T3: fails without retries on %s', async (_name, which, trusted, reason) => {
    const made = await certificates();
    const { port } = await serve(made[which]);
    await expect(get(port, trusted ? { ca: made.ca } : undefined)).rejects.toMatchObject({
      code: 'TRANSPORT',
      message: expect.stringContaining(reason),
      temporary: false,
    });
    expect(await text((await get(port, { insecureSkipVerify: true })).body)).toBe('secure');
  });

  it('ignores NODE_TLS_REJECT_UNAUTHORIZED', async () => {
    const { server } = await certificates();
    const { port } = await serve(server);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      await expect(get(port)).rejects.toMatchObject({ code: 'TRANSPORT' });
    } finally {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    }
  });

  it('trusts NODE_EXTRA_CA_CERTS in addition to `ca`', async () => {
    const { ca, server } = await certificates();
    const directory = mkdtempSync(path.join(tmpdir(), 'extra-ca-'));
    try {
      const file = path.join(directory, 'ca.pem');
      writeFileSync(file, ca);
      process.env.NODE_EXTRA_CA_CERTS = file;
      const { port } = await serve(server);
      const other = tls.rootCertificates[0]!;
      // Node reads the variable only when it starts, so this test covers only our own reading of it.
      if ('getCACertificates' in tls) return;
      expect(await text((await get(port, { ca: other })).body)).toBe('secure');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('sends a client certificate to a server that requires it', async () => {
    const { ca, server: pair, client } = await certificates();
    const server = await servers.http(
      (request, response) => {
        const { socket } = request;
        response.end(socket instanceof TLSSocket ? socket.getPeerCertificate().subject.CN : 'nobody');
      },
      { tls: { ...pair, ca } },
    );
    const { body } = await get(server.port, { ca, ...client });
    expect(await text(body)).toBe('client');
    await expect(get(server.port, { ca })).rejects.toMatchObject({ code: 'TRANSPORT' });
  });

  it('shares no connection between requests with different TLS options', async () => {
    const { ca, server: pair } = await certificates();
    const server = await serve(pair);
    const client = newGotClient();
    const ask = async (tls?: TlsOptions) => {
      const url = new URL(`https://localhost:${server.port}/`);
      return text((await client.request({ method: 'GET', url, headers: {}, tls })).body);
    };
    await ask({ insecureSkipVerify: true });
    await expect(ask()).rejects.toMatchObject({ code: 'TRANSPORT' });
    await ask({ ca });
    await ask({ ca });
    await ask({ ca: [ca] });
    await ask({ insecureSkipVerify: true });
    expect(server.connections()).toBe(4);
  });
});
