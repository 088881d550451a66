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

/** One call of the Engine's API. */
export interface EngineCall {
  readonly method: 'GET' | 'POST';
  /** The path with its query, without the version of the API. */
  readonly path: string;
  /** What the call does, for example `inspect image app:v1`. Error messages start with it. */
  readonly operation: string;
}

/** A daemon, and the version of the API that is used with it. */
export interface Engine {
  /** The daemon's address, for messages. */
  readonly host: string;
  readonly isPodman: boolean;
  /** Whether the daemon may keep its images in containerd's store, which came with version 1.42 of the API, rather than in Docker's own. */
  readonly mayUseContainerd: boolean;
  /** Whether the version of the API in use is this one or a later one. */
  speaks(version: string): boolean;
  /** Makes a call. The caller owns the body that is returned. */
  open(call: EngineCall, options: AbortOptions & { readonly observer?: BodyObserver }): Promise<Readable>;
  /** Makes a call and reads the whole response. */
  text(call: EngineCall, options: AbortOptions): Promise<string>;
  /** Makes a call and parses the response as JSON. */
  json(call: EngineCall, options: AbortOptions): Promise<unknown>;
  /** Sends a tar of known size, which `write` writes, and reads the whole response. `check` throws if the response reports a failure. */
  send(
    call: EngineCall & { readonly size: number },
    write: (target: Writable, options: AbortOptions) => Promise<void>,
    options: AbortOptions & { readonly check: (text: string) => void },
  ): Promise<string>;
}

/** What is known about a daemon after the first contact with it. */
export interface EngineState {
  readonly endpoint: Endpoint;
  /** Undefined for a call that does not depend on the version. */
  readonly apiVersion: string | undefined;
  readonly isPodman: boolean;
}

const DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024;

/** Makes an {@link Engine}; nothing is sent before its first call. */
export function newEngine(
  state: EngineState,
  { agent, maxResponseBytes = DEFAULT_MAX_RESPONSE_BYTES }: Pick<DaemonOptions, 'agent' | 'maxResponseBytes'>,
): Engine {
  return new HttpEngine(state, { agent, maxResponseBytes });
}

class HttpEngine implements Engine {
  readonly host: string;
  readonly isPodman: boolean;
  readonly mayUseContainerd: boolean;
  readonly #endpoint: Endpoint;
  readonly #apiVersion: string | undefined;
  readonly #agent: DaemonOptions['agent'];
  readonly #maxResponseBytes: number;

  constructor(
    { endpoint, apiVersion, isPodman }: EngineState,
    options: Pick<DaemonOptions, 'agent'> & { readonly maxResponseBytes: number },
  ) {
    this.#endpoint = endpoint;
    this.#apiVersion = apiVersion;
    this.#agent = options.agent;
    this.#maxResponseBytes = options.maxResponseBytes;
    this.host = endpoint.host;
    this.isPodman = isPodman;
    this.mayUseContainerd = !isPodman && this.speaks('1.42');
  }

  speaks(version: string): boolean {
    return this.#apiVersion !== undefined && isAtLeast(this.#apiVersion, version);
  }

  async open(
    call: EngineCall,
    options: AbortOptions & { readonly observer?: BodyObserver },
  ): Promise<Readable> {
    return this.#bodyOf(await this.#call(call, options), call, options);
  }

  async text(call: EngineCall, options: AbortOptions): Promise<string> {
    return this.#textOf(await this.#call(call, options), call, options);
  }

  async json(call: EngineCall, options: AbortOptions): Promise<unknown> {
    const text = await this.text(call, options);
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw new TransportError(`${call.operation}: the response of ${this.host} is not JSON`, {
        url: this.host,
      });
    }
  }

  async send(
    call: EngineCall & { readonly size: number },
    write: (target: Writable, options: AbortOptions) => Promise<void>,
    options: AbortOptions & { readonly check: (text: string) => void },
  ): Promise<string> {
    const headers = { 'content-type': 'application/x-tar', 'content-length': String(call.size) };
    const opened = openRequest(this.#endpoint, { ...this.#requestOf(call), headers }, options);
    return upload(opened, write, options, async () => {
      const message = await this.#accepted(opened.response, call, options);
      const text = await this.#textOf(message, call, options);
      options.check(text);
      return text;
    });
  }

  async #call(call: EngineCall, options: AbortOptions): Promise<IncomingMessage> {
    const { request, response } = openRequest(this.#endpoint, this.#requestOf(call), options);
    request.end();
    return this.#accepted(response, call, options);
  }

  #requestOf({ method, path }: EngineCall): EngineRequest {
    const version = this.#apiVersion === undefined ? '' : `/v${this.#apiVersion}`;
    return { method, path: version + path, agent: this.#agent };
  }

  /** Throws unless the status of the response is 2xx. */
  async #accepted(
    response: Promise<IncomingMessage>,
    { operation }: EngineCall,
    { signal }: AbortOptions,
  ): Promise<IncomingMessage> {
    let message;
    try {
      message = await response;
    } catch (error) {
      signal?.throwIfAborted();
      throw connectError(error, operation, this.#endpoint);
    }
    const { statusCode = 0 } = message;
    if (statusCode >= 200 && statusCode < 300) return message;
    const error = await responseError(message, operation, this.#endpoint);
    signal?.throwIfAborted();
    throw error;
  }

  #bodyOf(
    message: IncomingMessage,
    { operation }: EngineCall,
    { signal, observer }: AbortOptions & { readonly observer?: BodyObserver },
  ): Readable {
    return responseBody(message, {
      observer,
      onBroken: (error) =>
        signal?.aborted === true ? (signal.reason as Error) : connectError(error, operation, this.#endpoint),
    });
  }

  async #textOf(message: IncomingMessage, call: EngineCall, { signal }: AbortOptions): Promise<string> {
    const bytes = await collect(this.#bodyOf(message, call, { signal }), {
      signal,
      maxBytes: this.#maxResponseBytes,
      option: 'maxResponseBytes',
      subject: `${call.operation}: the response`,
    });
    return bytes.toString('utf8');
  }
}
