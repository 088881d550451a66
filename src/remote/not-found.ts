import { NotFoundError } from '../errors/not-found.js';
import { TransportError } from '../errors/transport.js';

/** Settles like a request, but a 404 becomes an error that names what is missing. */
export async function orNotFound<T>(subject: string, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    const answer = answerOf(error);
    if (answer?.status !== 404) throw error;
    const [diagnostic] = answer.diagnostics;
    const code = diagnostic === undefined ? '' : ` (${diagnostic.code})`;
    throw new NotFoundError(`${subject}: the registry does not have it${code}`, {
      cause: answer,
      hint: answer.hint,
    });
  }
}

/** The transport's error in an error, or in what caused it: some statuses have classes of their own. */
export function answerOf(error: unknown): TransportError | undefined {
  if (error instanceof TransportError) return error;
  return error instanceof Error && error.cause instanceof TransportError ? error.cause : undefined;
}

/** Whether a request failed with one of these statuses. */
export function hasStatus(error: unknown, ...statuses: readonly number[]): boolean {
  const status = answerOf(error)?.status;
  return status !== undefined && statuses.includes(status);
}
