import { NotFoundError } from '../../errors/service/not-found.js';
import { TransportError } from '../../errors/service/transport.js';

/** Settles like a request, but a 404 becomes an error that names what is missing. */
export async function orNotFound<T>(subject: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    const response = responseOf(error);
    if (response?.status !== 404) throw error;
    const [diagnostic] = response.diagnostics;
    const details = [diagnostic?.code, otherHost(subject, response.url)].filter((text) => text !== undefined);
    const shown = details.length === 0 ? '' : ` (${details.join(' ')})`;
    throw new NotFoundError(`${subject}: the registry does not have it${shown}`, {
      cause: response,
      hint: response.hint,
    });
  }
}

/** Names the host that responded, if it is not the one in the subject: registries redirect, and settings replace them. */
function otherHost(subject: string, url: string | undefined): string | undefined {
  const host = url === undefined ? '' : new URL(url).host;
  return host === '' || subject.includes(host) ? undefined : `at ${host}`;
}

/** The failed exchange in an error, or in what caused it: some statuses have classes of their own. */
export function failureOf(error: unknown): TransportError | undefined {
  if (error instanceof TransportError) return error;
  return error instanceof Error && error.cause instanceof TransportError ? error.cause : undefined;
}

/**
 * The failure of the request itself. What a token server, a ping or a storage service said is no response to the
 * request, so nothing may be concluded from its status.
 */
export function responseOf(error: unknown): TransportError | undefined {
  const failure = failureOf(error);
  return failure?.step === 'request' ? failure : undefined;
}

/** Whether the request itself was refused with one of these statuses. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  const status = responseOf(error)?.status;
  return status !== undefined && statuses.includes(status);
}
