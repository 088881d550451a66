import { BadNameError } from '../../errors/invalid/name.js';
import type { Reference } from '../../name/reference.js';
import { type CraneOptions, referenceOf } from './options.js';

/** What an OCI archive calls something: what could be a whole reference is one to Docker as well; a mere tag is not. */
export function ociName(tag: string | undefined, options: CraneOptions): Reference | string {
  if (tag === undefined || !/[:/]/.test(tag)) return tag ?? '';
  try {
    return referenceOf(tag, options);
  } catch (error) {
    if (error instanceof BadNameError) return tag;
    throw error;
  }
}
