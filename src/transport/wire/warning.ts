import { printable } from '../../internal/printable.js';

/** What a registry wants its users to know, such as a coming end of a service. */
export interface RegistryWarning {
  /** Host that sent it. */
  readonly registry: string;
  readonly text: string;
}

// 299 is the only code that registries use; the agent is `-` by the specification.
const WARNING = /299 [^\s"]+ "((?:[^"\\]|\\.)*)"/g;

/**
 * Texts of a `Warning` header.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#warnings
 */
export function parseWarnings(header: string | undefined): readonly string[] {
  if (header === undefined) return [];
  return [...header.slice(0, 16 * 1024).matchAll(WARNING)].map(([, text = '']) =>
    printable(text.replace(/\\(.)/g, '$1'), 1024),
  );
}
