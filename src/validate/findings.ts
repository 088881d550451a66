import { ValidationError } from '../errors/invalid/validation.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { printable } from '../internal/printable.js';

/** Sentences that say what is wrong; empty if nothing is. */
export type Findings = readonly string[];

/** A value, or the finding that there is none. */
export type Attempt<T> =
  | { readonly value: T; readonly findings: readonly [] }
  | { readonly value?: undefined; readonly findings: Findings };

/** Asks for a value. What goes wrong is a finding about `subject`, unless the caller has aborted. */
export async function attempt<T>(
  subject: string,
  options: AbortOptions,
  ask: (options: AbortOptions) => Promise<T>,
): Promise<Attempt<T>> {
  const { signal } = options;
  signal?.throwIfAborted();
  try {
    return { value: await ask({ signal }), findings: [] };
  } catch (error) {
    signal?.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return { findings: [`${subject}: ${printable(message, 1000)}`] };
  }
}

/** A finding unless both are the same; undefined is unknown, and no finding. */
export function compare(
  subject: string,
  want: string | number | undefined,
  got: string | number | undefined,
): Findings {
  return want === undefined || got === undefined || want === got
    ? []
    : [`${subject}: want ${shown(want)}, got ${shown(got)}`];
}

/** Digests, types and platforms were written by others. */
function shown(value: string | number): string {
  return value === '' ? 'none' : printable(String(value));
}

/** Puts findings under what they are about. */
export function about(subject: string, findings: Findings): Findings {
  return findings.map((finding) => `${subject}: ${finding}`);
}

/** Throws what was found, if anything was. */
export function throwFindings(subject: string, findings: Findings): void {
  if (findings.length > 0) throw new ValidationError(subject, findings);
}

/** A kind of thing with its digest, if it has one. */
export async function named(
  kind: string,
  thing: { digest(options?: AbortOptions): Promise<string> },
  options: AbortOptions,
): Promise<string> {
  const { value } = await attempt(kind, options, async (options) => thing.digest(options));
  return value === undefined ? kind : `${kind} ${value}`;
}
