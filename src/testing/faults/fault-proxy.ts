import type { FaultPlan, ProxiedExchange } from './fault-plan.js';
import { type Listening, type ListenOptions, listenHttp } from '../server/listening.js';
import { intakeOf } from '../server/recorded-request.js';
import { type OpenExchange, relay } from './relay.js';
import type { Toxic } from './toxic.js';
import { openUpstream, type Target, type UpstreamOptions } from '../server/upstream.js';

export interface FaultProxyOptions extends ListenOptions, UpstreamOptions {
  /** Done to the body of every request. */
  readonly up?: readonly Toxic[] | undefined;
  /** Done to the body of every answer. */
  readonly down?: readonly Toxic[] | undefined;
  /** What is done to single exchanges, before the above. */
  readonly plan?: FaultPlan | undefined;
}

/** A proxy in front of a registry. */
export interface FaultProxy extends Listening {
  /** Everything that passed, in the order of arrival. */
  readonly exchanges: readonly ProxiedExchange[];
  /** Changes what is done to exchanges from now on. */
  setPlan(plan: FaultPlan | undefined): void;
}

/**
 * Stands in front of a registry, speaks HTTP to both sides and does what it is told to bodies and answers.
 * URLs of the target in `Location`, `Link` and `WWW-Authenticate` become its own, so that clients stay with it.
 */
export async function faultProxy(target: Target, options: FaultProxyOptions = {}): Promise<FaultProxy> {
  const upstream = await openUpstream(target, options);
  const exchanges: OpenExchange[] = [];
  const { up = [], down = [] } = options;
  let { plan } = options;

  const server: Listening = await listenHttp(async (message, response, { closed, connection }) => {
    const intake = intakeOf(message, connection);
    const { method, url, headers } = intake.request;
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
      intake,
      exchange,
      up: [...(fault?.up ?? []), ...up],
      down: [...(fault?.down ?? []), ...down],
      closed,
      self: server.url,
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
