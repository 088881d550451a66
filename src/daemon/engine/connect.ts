import { TransportError } from '../../errors/service/transport.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import { responseError, errorOf, notDocker } from './response-error.js';
import { commonVersion, isApiVersion } from './api-version.js';
import { connectError } from './connect-error.js';
import type { Endpoint } from './endpoint.js';
import { type Engine, newEngine } from './engine.js';
import { findEndpoint } from './find-endpoint.js';
import { openRequest } from './open-request.js';
import type { DaemonOptions } from './options.js';

/** Finds the daemon that the options mean, and agrees with it on a version of the API. */
export async function connect(options: DaemonOptions): Promise<Engine> {
  const { agent, maxResponseBytes, signal } = options;
  const wanted = wantedVersion(options);
  signal?.throwIfAborted();
  const endpoint = await findEndpoint(options);
  const { version, server } = await ping(endpoint, { agent, signal });
  return newEngine(
    {
      endpoint,
      apiVersion: wanted ?? commonVersion(version, endpoint.host),
      isPodman: server.startsWith('Libpod/'),
    },
    { agent, maxResponseBytes },
  );
}

function wantedVersion({ apiVersion, env = process.env }: DaemonOptions): string | undefined {
  if (apiVersion !== undefined) {
    if (isApiVersion(apiVersion)) return apiVersion;
    throw new TypeError('`apiVersion` must be a version such as 1.44');
  }
  const { DOCKER_API_VERSION: text = '' } = env;
  if (text === '') return undefined;
  const version = text.replace(/^v/, '');
  if (isApiVersion(version)) return version;
  throw new UnsupportedError(
    `DOCKER_API_VERSION ${JSON.stringify(text.slice(0, 40))}: it is no version such as 1.44`,
  );
}

/** From the connection to the answer, which needs no work of a daemon. */
const PING_TIMEOUT_MS = 60_000;

/** What engines spoke that did not say it yet. */
const UNSAID_VERSION = '1.24';

async function ping(
  endpoint: Endpoint,
  { agent, signal }: Pick<DaemonOptions, 'agent'> & AbortOptions,
): Promise<{ readonly version: string; readonly server: string }> {
  const operation = 'connect to the daemon';
  const limit = AbortSignal.timeout(PING_TIMEOUT_MS);
  const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  try {
    const { request, response } = openRequest(
      endpoint,
      { method: 'GET', path: '/_ping', agent },
      { signal: either },
    );
    request.end();
    const message = await response.catch((error: unknown) => {
      throw connectError(error, operation, endpoint);
    });
    if (message.statusCode !== 200) throw await responseError(message, operation, endpoint);
    const body = await collect(message, {
      signal: either,
      maxBytes: 64 * 1024,
      option: 'maxResponseBytes',
      subject: `${operation}: the answer`,
    });
    const text = body.toString('utf8');
    if (text.trim() !== 'OK') {
      throw text.includes('<')
        ? errorOf(message, text, operation, endpoint)
        : notDocker(operation, endpoint.host, 200);
    }
    const { 'api-version': version, server } = message.headers;
    return { version: String(version ?? UNSAID_VERSION), server: String(server ?? '') };
  } catch (error) {
    signal?.throwIfAborted();
    if (!limit.aborted) throw error;
    throw new TransportError(`${operation}: ${endpoint.host}: no answer within ${PING_TIMEOUT_MS} ms`, {
      url: endpoint.host,
      temporary: true,
    });
  }
}
