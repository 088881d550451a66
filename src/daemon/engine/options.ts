import type { Agent } from 'node:http';
import type { ConfigLocationOptions } from '../../authn/config/locations.js';
import type { AbortOptions } from '../../internal/async/abort.js';

/** Certificates and keys as PEM text. */
export interface DaemonTls {
  /** Authorities that may have signed the daemon's certificate. @default those of Node */
  readonly ca?: string | undefined;
  /** The client's certificate; it needs `key` beside it. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  /** Takes any certificate of the daemon. @default false */
  readonly insecureSkipVerify?: boolean | undefined;
}

/**
 * Which daemon, and how it is asked. Without any of this it is the one that `docker` on this machine would ask; see
 * `docs/guide/daemon.md` for the order in which places are looked at. The environment is read at each call.
 */
export interface DaemonOptions extends AbortOptions, ConfigLocationOptions {
  /**
   * Where it listens: `unix:///PATH`, `npipe:////./pipe/NAME`, `tcp://HOST:PORT`, `https://HOST:PORT`, or
   * `ssh://[USER@]HOST[:PORT]`, for which the program `ssh` is started with `env`.
   */
  readonly host?: string | undefined;
  /** Name of a docker context; not together with `host`. */
  readonly context?: string | undefined;
  /** TLS for a `tcp://` host, and what it takes. @default what the environment or the context says */
  readonly tls?: DaemonTls | boolean | undefined;
  /** Version of the API, such as `1.44`. @default DOCKER_API_VERSION, else the newest that both sides know */
  readonly apiVersion?: string | undefined;
  /** Opens the connections, through a tunnel for instance; `host` only names the daemon then. */
  readonly agent?: Agent | undefined;
  /** Cap on an answer that is read whole. @default 64 MiB */
  readonly maxResponseBytes?: number | undefined;
}
