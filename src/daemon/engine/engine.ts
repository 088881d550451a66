import type { IncomingMessage } from 'node:http';
import type { Readable, Writable } from 'node:stream';
import { TransportError } from '../../errors/service/transport.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect } from '../../internal/streams/collect.js';
import { responseBody, type BodyObserver } from './response-body.js';
import { responseError } from './response-error.js';
import { isAtLeast } from './api-version.js';
import { connectError } from './connect-error.js';
import type { Endpoint } from './endpoint.js';
import { type EngineRequest, openRequest } from './open-request.js';
import type { DaemonOptions } from './options.js';
import { upload } from './upload.js';

/** What an {@link Engine} is asked. */
export interface EngineCall {
  readonly method: 'GET' | 'POST';
  /** Without the version, with the query. */
  readonly path: string;
  /** Starts the message of an error: what is done to what. */
  readonly operation: string;
}

/** A daemon, and the version of the API that is spoken with it. */
export interface Engine {
  readonly host: string;
  readonly isPodman: boolean;
  /** Whether its images may be in containerd's store, which came with version 1.42 of the API, rather than in Docker's own. */
  readonly mayUseContainerd: boolean;
  /** Whether the version that is spoken is at least this one. */
  speaks(version: string): boolean;
  /** Asks; the caller owns the body of the answer. */
  open(call: EngineCall, options: AbortOptions & { readonly observer?: BodyObserver }): Promise<Readable>;
  /** Asks, and reads the answer whole. */
  text(call: EngineCall, options: AbortOptions): Promise<string>;
  /** As {@link text}, for an answer that is JSON. */
  json(call: EngineCall, options: AbortOptions): Promise<unknown>;
  /** Sends a tar of known size, which `write` writes, and reads the answer whole. */
  send(
    call: EngineCall & { readonly size: number },
    write: (target: Writable, options: AbortOptions) => Promise<void>,
    options: AbortOptions & { readonly check: (text: string) => void },
  ): Promise<string>;
}

export interface EngineState {
  readonly endpoint: Endpoint;
  /** Undefined for a question that all versions know. */
  readonly apiVersion: string | undefined;
  readonly isPodman: boolean;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

export function newEngine(
  { endpoint, apiVersion, isPodman }: EngineState,
  {
    agent,
    maxResponseBytes = MAX_ANSWER_BYTES,
  }: Pick<DaemonOptions, 'agent' | 'maxResponseBytes'>,
): Engine {
  const versioned = ({ method, path }: EngineCall): EngineRequest => ({
    method,
    path: apiVersion === undefined ? path : `/v${apiVersion}${path}`,
    agent,
  });

  /** Throws unless the answer says yes. */
  const accepted = async (
    response: Promise<IncomingMessage>,
    { operation }: EngineCall,
    { signal }: AbortOptions,
  ): Promise<IncomingMessage> => {
    let message;
    try {
      message = await response;
    } catch (error) {
      signal?.throwIfAborted();
      throw connectError(error, operation, endpoint);
    }
    const { statusCode = 0 } = message;
    if (statusCode >= 200 && statusCode < 300) return message;
    const error = await responseError(message, operation, endpoint);
    signal?.throwIfAborted();
    throw error;
  };
  const bodyOf = (
    message: IncomingMessage,
    { operation }: EngineCall,
    { signal, observer }: AbortOptions & { readonly observer?: BodyObserver },
  ): Readable =>
    responseBody(message, {
      observer,
      onBroken: (error) =>
        signal?.aborted === true ? (signal.reason as Error) : connectError(error, operation, endpoint),
    });
  const textOf = async (
    message: IncomingMessage,
    call: EngineCall,
    options: AbortOptions,
  ): Promise<string> => {
    const bytes = await collect(bodyOf(message, call, options), {
      signal: options.signal,
      maxBytes: maxResponseBytes,
      option: 'maxResponseBytes',
      subject: `${call.operation}: the answer`,
    });
    return bytes.toString('utf8');
  };

  const ask = async (call: EngineCall, options: AbortOptions): Promise<IncomingMessage> => {
    const { request, response } = openRequest(endpoint, versioned(call), options);
    request.end();
    return accepted(response, call, options);
  };
  const text = async (call: EngineCall, options: AbortOptions): Promise<string> =>
    textOf(await ask(call, options), call, options);

  const speaks = (version: string): boolean => apiVersion !== undefined && isAtLeast(apiVersion, version);
  return {
    host: endpoint.host,
    isPodman,
    mayUseContainerd: !isPodman && speaks('1.42'),
    speaks,
    open: async (call, options) => bodyOf(await ask(call, options), call, options),
    text,
    json: async (call, options) => {
      const response = await text(call, options);
      try {
        return JSON.parse(response) as unknown;
      } catch {
        throw new TransportError(`${call.operation}: the answer of ${endpoint.host} is not JSON`, {
          url: endpoint.host,
        });
      }
    },
    send: async (call, write, options) => {
      const headers = { 'content-type': 'application/x-tar', 'content-length': String(call.size) };
      const opened = openRequest(endpoint, { ...versioned(call), headers }, options);
      return upload(opened, write, options, async () => {
        const said = await textOf(await accepted(opened.response, call, options), call, options);
        options.check(said);
        return said;
      });
    },
  };
}
