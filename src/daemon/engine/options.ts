import type { Agent } from 'node:http';
import type { ConfigLocationOptions } from '../../authn/config/locations.js';
import type { AbortOptions } from '../../internal/async/abort.js';

/** Certificates and keys as PEM text. */
export interface DaemonTls {
  /** Certificates of the authorities that may have signed the daemon's certificate. @default those of Node */
  readonly ca?: string | undefined;
  /** The client's certificate; it requires `key`. */
  readonly cert?: string | undefined;
  /** The private key of the client's certificate; it requires `cert`. */
  readonly key?: string | undefined;
  /** Accepts any certificate of the daemon. @default false */
  readonly insecureSkipVerify?: boolean | undefined;
}

/**
 * Which daemon is used, and how. The default is the daemon that the command `docker` on this machine would use, or else
 * podman's service: `DOCKER_HOST`, `DOCKER_CONTEXT`, `CONTAINER_HOST`, docker's current context, and the first socket that
 * exists decide, in this order. The environment is read at each call.
 */
export interface DaemonOptions extends AbortOptions, ConfigLocationOptions {
  /**
   * The address of the daemon: `unix:///PATH`, `npipe:////./pipe/NAME`, `tcp://HOST:PORT`, `https://HOST:PORT`, or
   * `ssh://[USER@]HOST[:PORT]`, for which the program `ssh` is started with the environment `env`.
   */
  readonly host?: string | undefined;
  /** The name of a docker context. It cannot be combined with `host`. */
  readonly context?: string | undefined;
  /** Uses TLS for a `tcp://` host, with these certificates; `true` uses those of Node. @default what the environment or the context says */
  readonly tls?: DaemonTls | boolean | undefined;
  /** The version of the API, such as `1.44`. @default DOCKER_API_VERSION, or the newest that both sides know */
  readonly apiVersion?: string | undefined;
  /** Opens the connections, for example through a tunnel. Then `host` only names the daemon in messages. */
  readonly agent?: Agent | undefined;
  /** The maximum size of a response that is held in memory, in bytes. @default 64 MiB */
  readonly maxResponseBytes?: number | undefined;
}
