import { NotFoundError } from '../../errors/service/not-found.js';
import { TransportError } from '../../errors/service/transport.js';

/** Settles like the request, but turns status 404 into an error that names what was not found. */
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

/** The host that responded, unless the subject names it: a redirect or a mirror may lead to another host. */
function otherHost(subject: string, url: string | undefined): string | undefined {
  const host = url === undefined ? '' : new URL(url).host;
  return host === '' || subject.includes(host) ? undefined : `at ${host}`;
}

/** The failed exchange behind an error: the error itself or its cause, because some statuses have an error class of their own. */
export function failureOf(error: unknown): TransportError | undefined {
  if (error instanceof TransportError) return error;
  return error instanceof Error && error.cause instanceof TransportError ? error.cause : undefined;
}

/**
 * The failed exchange behind an error, if it is the request itself that failed. The status of a token server, a ping or
 * a storage service says nothing about what was requested.
 */
export function responseOf(error: unknown): TransportError | undefined {
  const failure = failureOf(error);
  return failure?.step === 'request' ? failure : undefined;
}

/** Whether the registry refused the request itself with one of these statuses. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  const status = responseOf(error)?.status;
  return status !== undefined && statuses.includes(status);
}
