import { wrongArgument } from '../internal/arguments.js';
import { assertReference } from '../name/assert-name.js';
import { isHash } from '../v1/hash.js';
import { BadNameError } from '../errors/invalid/name.js';
import { parseReference } from '../name/parse-reference.js';
import type { Reference, Tag } from '../name/reference.js';
import type { Hash } from '../v1/hash.js';

/**
 * The name to use in calls of the API: the ID of an image, or a reference in the user's own spelling, because `app` means
 * `docker.io/library/app` to one daemon and `localhost/app` to another.
 */
export function nameInDaemon(reference: Reference | Hash): string {
  if (typeof reference === 'string') return reference;
  const text = reference.toString();
  const end = `:${reference.identifier()}`;
  const spelling = reference.kind === 'digest' || text.endsWith(end) ? text : text + end;
  // The reference may have been parsed with a default registry that daemons do not know.
  return isSameReference(spelling, reference) ? spelling : reference.name();
}

/** The repository and the tag as separate parameters of the API. */
export function splitTag(tag: Tag): { readonly repo: string; readonly tag: string } {
  const name = nameInDaemon(tag);
  const colon = name.lastIndexOf(':');
  return { repo: name.slice(0, colon), tag: name.slice(colon + 1) };
}

/** The name that podman gives an image whose reference names no registry. Undefined for an ID, or a reference with a registry. */
export function localhostName(reference: Reference | Hash): string | undefined {
  if (typeof reference === 'string') return undefined;
  const name = nameInDaemon(reference);
  const [first = '', ...rest] = name.split('/');
  const hasRegistry = rest.length > 0 && (first === 'localhost' || /[.:]/.test(first));
  return hasRegistry ? undefined : `localhost/${name}`;
}

/** Whether a daemon's spelling of a tag means the wanted tag. */
export function isSameTag(known: string, wanted: Tag): boolean {
  return known === nameInDaemon(wanted) || known === localhostName(wanted) || isSameReference(known, wanted);
}

function isSameReference(text: string, reference: Reference): boolean {
  try {
    return parseReference(text).name() === reference.name();
  } catch (error) {
    if (error instanceof BadNameError) return false;
    throw error;
  }
}

/** @throws TypeError if an argument is neither a reference nor an ID. */
export function assertImageName(value: unknown, name = 'reference'): void {
  if (typeof value !== 'string') assertReference(name, value);
  else if (!isHash(value)) throw wrongArgument(name, value, 'a Reference or an ID such as `sha256:...`');
}
