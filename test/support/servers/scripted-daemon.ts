import { mkdtemp, rm } from 'node:fs/promises';
import http, { type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from '@jest/globals';

/** A fake Docker Engine on a unix socket, whose responses a test scripts. */
export interface ScriptedDaemon {
  /** Address of its socket, in the form of `DOCKER_HOST`. */
  readonly host: string;
  readonly socket: string;
  /** Method and path of the requests so far, without the ping. */
  readonly requests: readonly string[];
  /** Connections that are open now. */
  readonly open: () => number;
}

/** Handlers by method and path, without version and query. The daemon responds to the ping automatically. */
export type Routes = Readonly<Record<string, RequestListener>>;

export interface ScriptedDaemonOptions {
  readonly apiVersion?: string;
  readonly server?: string;
}

/** Starts daemons on unix sockets that do not outlive the test. */
export function useScriptedDaemons(): (
  routes: Routes,
  options?: ScriptedDaemonOptions,
) => Promise<ScriptedDaemon> {
  const running: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const stop of running.splice(0)) await stop();
  });
  return async (routes, { apiVersion = '1.41', server = 'Docker/20.10.24 (linux)' } = {}) => {
    const directory = await mkdtemp(path.join(tmpdir(), 'containerregistry-'));
    const socket = path.join(directory, 'docker.sock');
    const requests: string[] = [];
    const sockets = new Set<Socket>();
    const listening = http.createServer((request, response) => {
      const [requestPath = '', query] = (request.url ?? '').split('?');
      const key = `${request.method ?? ''} ${decodeURIComponent(requestPath.replace(/^\/v[\d.]+(?=\/)/, ''))}`;
      const route = routes[key];
      if (key === 'GET /_ping' && route === undefined) {
        response
          .writeHead(200, { 'api-version': apiVersion, server, 'content-type': 'text/plain' })
          .end('OK');
        return;
      }
      if (key !== 'GET /_ping')
        requests.push(`${request.method ?? ''} ${requestPath}${query === undefined ? '' : `?${query}`}`);
      if (route === undefined) {
        response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"page not found"}');
        return;
      }
      route(request, response);
    });
    listening.on('connection', (connection) => {
      sockets.add(connection);
      connection.on('error', () => undefined).once('close', () => sockets.delete(connection));
    });
    await new Promise<void>((resolve) => listening.listen(socket, resolve));
    running.push(async () => {
      for (const connection of sockets) connection.destroy();
      await new Promise((resolve) => listening.close(resolve));
      await rm(directory, { recursive: true, force: true });
    });
    return { host: `unix://${socket}`, socket, requests, open: () => sockets.size };
  };
}

/** A handler that responds with JSON. */
export const reply =
  (value: unknown, status = 200): RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof value === 'string' ? value : JSON.stringify(value));
  };
