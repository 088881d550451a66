import { BadNameError } from '../../errors/invalid/name.js';
import type { Reference } from '../../name/reference.js';
import { type CraneOptions, referenceOf } from './options.js';

/**
 * The name of an image in an OCI archive. A text with a colon or a slash may be a full reference, and Docker reads it as
 * one, so it is written as a reference. Any other text is written as a plain tag.
 */
export function ociName(tag: string | undefined, options: CraneOptions): Reference | string {
  if (tag === undefined || !/[:/]/.test(tag)) return tag ?? '';
  try {
    return referenceOf(tag, options);
  } catch (error) {
    if (error instanceof BadNameError) return tag;
    throw error;
  }
}
