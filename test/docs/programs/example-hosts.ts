import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { newRegistry } from '../../../src/registry/registry.js';
import { ignoreLateErrors } from '../../../src/internal/streams/consume.js';

/** The registries that the documentation names. Each is an embedded registry with its own contents. */
const hosts = [
  'index.docker.io',
  'registry.example',
  'mirror.example',
  'source.example',
  'registry.corp.example',
  'ghcr.io',
  'gcr.io',
  'registry.example.com',
  'charts.example',
];

/** Registries with the names of the documentation, which programs reach through an HTTP proxy. */
export interface ExampleHosts {
  /** The variables with which a program uses the proxy and trusts the certificate. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts the registries, and a proxy that connects to them whatever the port is. */
export async function startExampleHosts(directory: string): Promise<ExampleHosts> {
  const ca = path.join(directory, 'ca.pem');
  const key = path.join(directory, 'ca.key');
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=documentation', '-keyout', key, '-out', ca],
    ...['-addext', `subjectAltName=${hosts.map((host) => `DNS:${host}`).join(',')}`],
  ]);
  const tls = { key: await readFile(key), cert: await readFile(ca) };
  const servers: Server[] = [];
  const ports = new Map<string, number>();
  for (const host of hosts) ports.set(host, await listen(createTlsServer(tls, newRegistry()), servers));
  const sockets = new Set<Socket>();
  const proxy = createHttpServer();
  proxy.on('connect', ({ url = '' }, client: Socket) => {
    const port = ports.get(url.replace(/:\d+$/, ''));
    if (port === undefined) {
      client.end('HTTP/1.1 502 No such host\r\n\r\n');
      return;
    }
    const upstream = connect(port, '127.0.0.1', () => client.write('HTTP/1.1 200 OK\r\n\r\n'));
    for (const socket of [client, upstream]) sockets.add(ignoreLateErrors(socket));
    client.on('data', (chunk) => upstream.write(chunk)).on('close', () => upstream.destroy());
    upstream.on('data', (chunk) => client.write(chunk)).on('close', () => client.destroy());
  });
  const proxyPort = await listen(proxy, servers);
  return {
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${proxyPort}`,
      NO_PROXY: 'localhost,127.0.0.1',
      NODE_EXTRA_CA_CERTS: ca,
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all(
        servers.map(async (server) => {
          const closed = new Promise((resolve) => server.close(resolve));
          server.closeAllConnections();
          await closed;
        }),
      );
    },
  };
}

async function listen(server: Server, servers: Server[]): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return (server.address() as AddressInfo).port;
}
