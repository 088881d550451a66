import type { ScriptedResponse } from './server/response.js';
import type { Listening } from './server/listening.js';
import type { RecordedRequest } from './server/recorded-request.js';
import { scriptedRegistry } from './scripted-registry.js';
import { secretForms } from './secret-forms.js';
import type { Responder } from './server/step.js';

/** A host that writes down all that it is sent. */
export interface RecordingOrigin extends Omit<Listening, 'close'> {
  readonly requests: readonly RecordedRequest[];
}

export interface RecordingOrigins {
  readonly origins: readonly RecordingOrigin[];
  /** Every request that shows one of the secrets, plain, encoded, or as part of Basic credentials. */
  sightings(secrets: string | readonly string[]): RecordedRequest[];
  close(): Promise<void>;
}

export interface RecordingOriginsOptions {
  /** What every origin answers. @default an empty 200 */
  readonly response?: ScriptedResponse | Responder | undefined;
  /** The address of the first one; each one that follows is the next. @default '127.0.0.2' */
  readonly firstAddress?: string | undefined;
}

/** Starts several origins that differ in their address, to see what reaches strangers. */
export async function recordingOrigins(
  count: number,
  options: RecordingOriginsOptions = {},
): Promise<RecordingOrigins> {
  const { response: response = {}, firstAddress = '127.0.0.2' } = options;
  const at = Math.max(firstAddress.lastIndexOf('.'), firstAddress.lastIndexOf(':')) + 1;
  const [head, last] = [firstAddress.slice(0, at), Number(firstAddress.slice(at))];
  const script: Responder = typeof response === 'function' ? response : () => response;
  const origins = await Promise.all(
    Array.from({ length: count }, async (_, at) =>
      scriptedRegistry(script, { address: `${head}${last + at}` }),
    ),
  );
  return {
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
  };
}

function textOf({ method, url, rawHeaders, body }: RecordedRequest): string {
  const text = [method, url, ...rawHeaders, Buffer.from(body).toString('latin1')].join('\n');
  return `${text}\n${basicCredentials(text)}`;
}

/** A secret inside base64 shows itself only when that is decoded. */
function basicCredentials(text: string): string {
  return [...text.matchAll(/[A-Za-z0-9+/_-]{8,}={0,2}/g)]
    .map(([encoded]) => Buffer.from(encoded, 'base64').toString('latin1'))
    .join('\n');
}
