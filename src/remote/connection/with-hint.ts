import { TransportError } from '../../errors/service/transport.js';

/** Settles like the request, but adds a hint to a failure with one of these statuses. */
export async function withHint<T>(request: Promise<T>, hints: ReadonlyMap<number, string>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    // The status of a token server or a ping says nothing about the request.
    const responded = error instanceof TransportError && error.step === 'request';
    if (!responded || error.status === undefined || error.hint !== undefined) throw error;
    const hint = hints.get(error.status);
    if (hint === undefined) throw error;
    const { method, url, status, diagnostics, temporary, retryAfterMs, cause } = error;
    throw new TransportError(error.message, {
      ...{ method, url, status, diagnostics, temporary, retryAfterMs, hint },
      ...(cause !== undefined && { cause }),
    });
  }
}
