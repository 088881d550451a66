import type { FaultPlan, ProxiedExchange } from './fault-plan.js';
import { type LoopbackServer, type ListenOptions, listenHttp } from '../server/loopback-server.js';
import { newRequestReader } from '../server/recorded-request.js';
import { type OpenExchange, relay } from './relay.js';
import type { Toxic } from './toxic.js';
import { openUpstream, type UpstreamTarget, type UpstreamOptions } from '../server/upstream.js';

/** The faults of a {@link faultProxy}, and where it listens. */
export interface FaultProxyOptions extends ListenOptions, UpstreamOptions {
  /** Toxics for the body of every request. */
  readonly up?: readonly Toxic[] | undefined;
  /** Toxics for the body of every response. */
  readonly down?: readonly Toxic[] | undefined;
  /** Chooses faults for single exchanges. Its toxics apply before `up` and `down`. */
  readonly plan?: FaultPlan | undefined;
}

/** A running HTTP proxy in front of a registry. */
export interface FaultProxy extends LoopbackServer {
  /** All exchanges so far, in the order in which the requests arrived. */
  readonly exchanges: readonly ProxiedExchange[];
  /** Replaces the plan for requests that arrive from now on. */
  setPlan(plan: FaultPlan | undefined): void;
}

/**
 * Starts an HTTP proxy in front of a registry. It injects faults into bodies and responses. The proxy replaces the target's
 * URL by its own in `Location`, `Link` and `WWW-Authenticate`, so that clients keep using the proxy.
 */
export async function faultProxy(
  target: UpstreamTarget,
  options: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const upstream = await openUpstream(target, options);
  const exchanges: OpenExchange[] = [];
  const { up = [], down = [] } = options;
  let { plan } = options;

  const server: LoopbackServer = await listenHttp(async (message, response, { closed, connection }) => {
    const reader = newRequestReader(message, connection);
    const { method, url, headers } = reader.request;
    const fault = plan?.({ method, url, headers });
    const exchange: OpenExchange = {
      method,
      url,
      status: undefined,
      requestBytes: 0,
      responseBytes: 0,
      fault,
    };
    exchanges.push(exchange);
    await relay({
      upstream,
      message,
      response,
      reader,
      exchange,
      up: [...(fault?.up ?? []), ...up],
      down: [...(fault?.down ?? []), ...down],
      closed,
      proxyUrl: server.url,
    });
  }, options);

  return {
    ...server,
    exchanges,
    setPlan: (next) => {
      plan = next;
    },
    async close() {
      await server.close();
      await upstream.close();
    },
  };
}
