import type { ScriptedResponse } from './server/response.js';
import type { LoopbackServer } from './server/loopback-server.js';
import type { RecordedRequest } from './server/recorded-request.js';
import { scriptedRegistry } from './scripted-registry.js';
import { secretForms } from './secret-forms.js';
import type { Responder } from './server/step.js';

/** A server that records every request. {@link RecordingOrigins} closes it. */
export interface RecordingOrigin extends Omit<LoopbackServer, 'close' | typeof Symbol.asyncDispose> {
  /** All requests so far, in the order in which they arrived. */
  readonly requests: readonly RecordedRequest[];
}

/** Several servers, each on an address of its own. */
export interface RecordingOrigins {
  /** The servers, in the order of their addresses. */
  readonly origins: readonly RecordingOrigin[];
  /** All requests that contain one of the secrets: as plain text, encoded, or within Basic credentials. */
  sightings(secrets: string | readonly string[]): RecordedRequest[];
  /** Stops all servers. Idempotent. */
  close(): Promise<void>;
  /** The same as `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** How {@link recordingOrigins} respond, and where they listen. */
export interface RecordingOriginsOptions {
  /** The response of each server. @default an empty response with status 200 */
  readonly response?: ScriptedResponse | Responder | undefined;
  /** The address of the first server. The others use the addresses that follow it. @default '127.0.0.2' */
  readonly firstAddress?: string | undefined;
}

/** Starts servers on several addresses. A test redirects a client to them, and checks that no secret reaches them. */
export async function recordingOrigins(
  count: number,
  options: RecordingOriginsOptions = {},
): Promise<RecordingOrigins> {
  const { response = {}, firstAddress = '127.0.0.2' } = options;
  const at = Math.max(firstAddress.lastIndexOf('.'), firstAddress.lastIndexOf(':')) + 1;
  const [head, last] = [firstAddress.slice(0, at), Number(firstAddress.slice(at))];
  const script: Responder = typeof response === 'function' ? response : () => response;
  const origins = await Promise.all(
    Array.from({ length: count }, async (_, at) =>
      scriptedRegistry(script, { address: `${head}${last + at}` }),
    ),
  );
  const recording: RecordingOrigins = {
    origins,
    sightings(secrets) {
      const forms = (typeof secrets === 'string' ? [secrets] : secrets).flatMap(secretForms);
      return origins
        .flatMap(({ requests }) => requests)
        .filter((request) => forms.some((form) => textOf(request).includes(form)));
    },
    close: async () => {
      await Promise.all(origins.map(async (origin) => origin.close()));
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
  return recording;
}

function textOf({ method, url, rawHeaders, body }: RecordedRequest): string {
  const text = [method, url, ...rawHeaders, Buffer.from(body).toString('latin1')].join('\n');
  return `${text}\n${basicCredentials(text)}`;
}

/** Decodes everything that may be base64: a secret that is only a part of the encoded text can be found only then. */
function basicCredentials(text: string): string {
  return [...text.matchAll(/[A-Za-z0-9+/_-]{8,}={0,2}/g)]
    .map(([encoded]) => Buffer.from(encoded, 'base64').toString('latin1'))
    .join('\n');
}
