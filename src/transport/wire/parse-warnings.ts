import { printable } from '../../internal/printable.js';

/** A notice of a registry to its users, such as the planned end of a service. */
export interface RegistryWarning {
  /** The host that sent it. */
  readonly registry: string;
  /** The text, safe to print on a terminal. */
  readonly text: string;
}

// The specification has only the code 299, and `-` as the agent.
const WARNING = /299 [^\s"]+ "((?:[^"\\]|\\.)*)"/g;

/**
 * The texts of a `Warning` header. Anything else in the header is ignored.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
 */
export function parseWarnings(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  return [...header.slice(0, 16 * 1024).matchAll(WARNING)].map(([, text = '']) =>
    printable(text.replace(/\\(.)/g, '$1'), 1024),
  );
}
