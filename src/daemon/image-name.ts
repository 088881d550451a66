import { BadNameError } from '../errors/invalid/name.js';
import { parseReference } from '../name/parse-reference.js';
import type { Reference, Tag } from '../name/reference.js';
import type { Hash } from '../v1/hash.js';

/**
 * What a daemon is asked by: the user's own spelling, as `app` may be `docker.io/library/app` to one daemon and
 * `localhost/app` to another; or the ID of an image.
 */
export function nameOf(reference: Reference | Hash): string {
  if (typeof reference === 'string') return reference;
  const text = reference.toString();
  const end = `:${reference.identifier()}`;
  const spelled = reference.kind === 'digest' || text.endsWith(end) ? text : text + end;
  // It may have been parsed with another default registry than daemons have.
  return meansSame(spelled, reference) ? spelled : reference.name();
}

/** The parts of a tag, as the API takes them. */
export function partsOf(tag: Tag): { readonly repo: string; readonly tag: string } {
  const name = nameOf(tag);
  const colon = name.lastIndexOf(':');
  return { repo: name.slice(0, colon), tag: name.slice(colon + 1) };
}

/** The name that podman gives what is written without a registry; undefined for all else. */
export function localName(reference: Reference | Hash): string | undefined {
  if (typeof reference === 'string') return undefined;
  const name = nameOf(reference);
  const [first = '', ...rest] = name.split('/');
  const hasRegistry = rest.length > 0 && (first === 'localhost' || /[.:]/.test(first));
  return hasRegistry ? undefined : `localhost/${name}`;
}

/** Whether a daemon's spelling of a tag is what somebody asks for. */
export function isSameTag(known: string, wanted: Tag): boolean {
  return known === nameOf(wanted) || known === localName(wanted) || meansSame(known, wanted);
}

function meansSame(text: string, reference: Reference): boolean {
  try {
    return parseReference(text).name() === reference.name();
  } catch (error) {
    if (error instanceof BadNameError) return false;
    throw error;
  }
}
