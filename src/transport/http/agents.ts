import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { reuseReadBuffer } from '../../internal/streams/read-buffer.js';
import type { TlsOptions } from '../guard/http-client.js';
import type { Proxy, ProxyChooser } from './proxy.js';
import { type TlsSettings, tlsKey, tlsSettings } from './tls.js';
import { openTunnel } from './tunnel.js';

/** The way of a request to its server. */
export interface Route {
  /** The pool of connections. */
  readonly agent: http.Agent;
  /** Undefined for a direct connection. */
  readonly proxy: Proxy | undefined;
}

/** The pools of connections of one client. */
export interface Agents {
  route(url: URL, tls: TlsOptions | undefined): Route;
  /** Closes idle connections. Connections in use close when their request has ended. */
  close(): void;
}

export interface AgentOptions {
  readonly maxSocketsPerHost: number;
  readonly connectTimeoutMs: number;
  readonly chooseProxy: ProxyChooser;
  /** Certificates of authorities that are trusted for every host, in addition to those of the request. */
  readonly ca: readonly string[];
}

/** Shorter than the time that servers keep an idle connection, so that they rarely close one that is about to be used. */
const IDLE_MS = 30_000;

/** Creates a pool for each pair of TLS options and proxy, so that requests share a connection only if both are equal. */
export function newAgents(options: AgentOptions): Agents {
  const pools = new Map<string, http.Agent>();
  const settings = new Map<string, TlsSettings>();
  // Keys are remembered, because hashing the certificates for each request is expensive.
  const keys = new WeakMap<TlsOptions, string>();
  const common = { keepAlive: true, maxSockets: options.maxSocketsPerHost, timeout: IDLE_MS };

  const pool = (key: string, make: () => http.Agent): http.Agent => {
    const known = pools.get(key);
    if (known !== undefined) return known;
    const made = make();
    pools.set(key, made);
    return made;
  };
  const keyOf = (tls: TlsOptions): string => {
    const key = keys.get(tls) ?? tlsKey(tls);
    keys.set(tls, key);
    return key;
  };
  const settingsFor = (tls: TlsOptions): TlsSettings => {
    const key = keyOf(tls);
    const made = settings.get(key) ?? tlsSettings(withAuthorities(tls, options.ca));
    settings.set(key, made);
    return made;
  };

  return {
    route(url, tls = defaultTls) {
      const proxy = options.chooseProxy(url);
      if (url.protocol === 'http:') {
        const isTlsProxy = proxy?.url.protocol === 'https:';
        const agent = isTlsProxy
          ? pool('by https proxy', () => reuseReadBuffer(new https.Agent(common)))
          : pool('http', () => reuseReadBuffer(new http.Agent(common)));
        return { proxy, agent };
      }
      const key = `${proxy?.url.href ?? ''} ${proxy?.authorization ?? ''} ${keyOf(tls)}`;
      const agent = pool(key, () => {
        const trust = settingsFor(tls);
        const made = new https.Agent({ ...common, ...trust });
        if (proxy === undefined) return reuseReadBuffer(made);
        tunnelThrough(made, proxy, trust, options.connectTimeoutMs);
        return made;
      });
      return { proxy, agent };
    },
    close() {
      for (const agent of pools.values()) {
        // Agent.destroy() would close the connections in use, too.
        agent.maxFreeSockets = 0;
        for (const sockets of Object.values(agent.freeSockets))
          sockets?.forEach((socket) => socket.destroy());
      }
      pools.clear();
    },
  };
}

const defaultTls: TlsOptions = {};

function withAuthorities(tls: TlsOptions, ca: readonly string[]): TlsOptions {
  return ca.length === 0 ? tls : { ...tls, ca: [...ca, ...[tls.ca ?? []].flat()] };
}

/** The options that `http.Agent` passes to `createConnection`. */
interface ConnectionOptions {
  readonly host?: string | null;
  readonly port?: number | string | null;
  readonly servername?: string;
}

type CreateConnection = (
  options: ConnectionOptions,
  done: (error: Error | null, socket?: Socket) => void,
) => undefined;

/** Makes an agent open its connections through a proxy. The agent still pools them. */
function tunnelThrough(agent: https.Agent, proxy: Proxy, tls: TlsSettings, timeoutMs: number): void {
  const createConnection: CreateConnection = (options, done) => {
    const host = options.host ?? '';
    const target = { host, port: options.port ?? 443, servername: options.servername ?? host, tls };
    openTunnel(proxy, target, timeoutMs).then(
      (socket) => {
        done(null, socket);
      },
      (error: unknown) => {
        done(error as Error);
      },
    );
  };
  // An agent accepts connections that are created later, through the callback. The typings lack this.
  (agent as { createConnection: unknown }).createConnection = createConnection;
}
