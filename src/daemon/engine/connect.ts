import { TransportError } from '../../errors/service/transport.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { type AbortOptions, firstSignal } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import { responseError, errorFromText, notAnEngine } from './response-error.js';
import { commonVersion, isApiVersion } from './api-version.js';
import { connectError } from './connect-error.js';
import type { Endpoint } from './endpoint.js';
import { type Engine, newEngine } from './engine.js';
import { findEndpoint } from './find-endpoint.js';
import { openRequest } from './open-request.js';
import type { DaemonOptions } from './options.js';

/** Finds the daemon that the options select, and chooses a version of the API that both sides know. */
export async function connect(options: DaemonOptions): Promise<Engine> {
  const { agent, maxResponseBytes, signal } = options;
  const wantedApiVersion = configuredVersion(options);
  signal?.throwIfAborted();
  const endpoint = await findEndpoint(options);
  const { version, server } = await ping(endpoint, { agent, signal });
  return newEngine(
    {
      endpoint,
      apiVersion: wantedApiVersion ?? commonVersion(version, endpoint.host),
      isPodman: server.startsWith('Libpod/'),
    },
    { agent, maxResponseBytes },
  );
}

function configuredVersion({ apiVersion, env = process.env }: DaemonOptions): string | undefined {
  if (apiVersion !== undefined) {
    if (isApiVersion(apiVersion)) return apiVersion;
    throw new TypeError('`apiVersion` must be a version such as 1.44');
  }
  const { DOCKER_API_VERSION: text = '' } = env;
  if (text === '') return undefined;
  const version = text.replace(/^v/, '');
  if (isApiVersion(version)) return version;
  throw new UnsupportedError(
    `DOCKER_API_VERSION ${JSON.stringify(text.slice(0, 40))}: it is not a version such as 1.44`,
  );
}

/** Limits a ping, from its start to the end of its response. A daemon responds to a ping at once. */
const PING_TIMEOUT_MS = 60_000;

/** The version of engines that are too old to report one. */
const OLDEST_SILENT_API = '1.24';

async function ping(
  endpoint: Endpoint,
  { agent, signal }: Pick<DaemonOptions, 'agent'> & AbortOptions,
): Promise<{ readonly version: string; readonly server: string }> {
  const operation = 'connect to the daemon';
  const timeout = AbortSignal.timeout(PING_TIMEOUT_MS);
  const abortOrTimeout = firstSignal(signal, timeout);
  try {
    const { request, response } = openRequest(
      endpoint,
      { method: 'GET', path: '/_ping', agent },
      { signal: abortOrTimeout },
    );
    request.end();
    const message = await response.catch((error: unknown) => {
      throw connectError(error, operation, endpoint);
    });
    if (message.statusCode !== 200) throw await responseError(message, operation, endpoint);
    const body = await collect(message, {
      signal: abortOrTimeout,
      maxBytes: 64 * 1024,
      option: 'maxResponseBytes',
      subject: `${operation}: the response`,
    });
    const text = body.toString('utf8');
    if (text.trim() !== 'OK') {
      throw text.includes('<')
        ? errorFromText(message, text, operation, endpoint)
        : notAnEngine(operation, endpoint.host, 200);
    }
    const { 'api-version': version, server } = message.headers;
    return { version: String(version ?? OLDEST_SILENT_API), server: String(server ?? '') };
  } catch (error) {
    signal?.throwIfAborted();
    if (!timeout.aborted) throw error;
    throw new TransportError(`${operation}: ${endpoint.host}: no response within ${PING_TIMEOUT_MS} ms`, {
      url: endpoint.host,
      temporary: true,
    });
  }
}
