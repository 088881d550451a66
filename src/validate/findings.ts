import { ValidationError } from '../errors/invalid/validation.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { printable } from '../internal/printable.js';

/** Sentences that say what is wrong; empty if everything is right. */
export type Findings = readonly string[];

/** A value, or the findings that say why it could not be read. */
export type Attempt<T> =
  | { readonly value: T; readonly findings: readonly [] }
  | { readonly value?: undefined; readonly findings: Findings };

/** Reads a value. An error becomes a finding about `subject`, unless the caller has aborted. */
export async function attempt<T>(
  subject: string,
  options: AbortOptions,
  read: (options: AbortOptions) => Promise<T>,
): Promise<Attempt<T>> {
  const { signal } = options;
  signal?.throwIfAborted();
  try {
    return { value: await read({ signal }), findings: [] };
  } catch (error) {
    signal?.throwIfAborted();
    const message = error instanceof Error ? error.message : String(error);
    return { findings: [`${subject}: ${printable(message, 1000)}`] };
  }
}

/** A finding if the values differ. A value that is undefined is unknown, which is not a finding. */
export function compare(
  subject: string,
  want: string | number | undefined,
  got: string | number | undefined,
): Findings {
  return want === undefined || got === undefined || want === got
    ? []
    : [`${subject}: want ${printableValue(want)}, got ${printableValue(got)}`];
}

/** Quotes a value safely: digests, media types and platforms come from the image. */
function printableValue(value: string | number): string {
  return value === '' ? 'none' : printable(String(value));
}

/** Prefixes findings with their subject. */
export function prefixFindings(subject: string, findings: Findings): Findings {
  return findings.map((finding) => `${subject}: ${finding}`);
}

/** @throws ValidationError if there are findings. */
export function throwFindings(subject: string, findings: Findings): void {
  if (findings.length > 0) throw new ValidationError(subject, findings);
}

/** The name of the subject in the error: its kind, and its digest if that can be read. */
export async function nameWithDigest(
  kind: string,
  thing: { digest(options?: AbortOptions): Promise<string> },
  options: AbortOptions,
): Promise<string> {
  const { value } = await attempt(kind, options, async (options) => thing.digest(options));
  return value === undefined ? kind : `${kind} ${value}`;
}
