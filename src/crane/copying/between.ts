import { stat } from 'node:fs/promises';
import { NotFoundError } from '../../errors/service/not-found.js';
import { TagExistsError } from '../../errors/service/tag-exists.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { exists } from './digest-tags.js';
import type { CopyOptions } from './options.js';
import { contentOf, find } from '../locations/find.js';
import { formatLocation, type Place } from '../locations/location.js';
import { type CraneOptions, referenceOf, remoteOptions } from '../locations/options.js';
import { referenceText } from '../locations/target.js';
import { writeTo } from '../locations/write-to.js';

/** Copies from or to a place that is not in a registry. */
export async function copyBetween(source: Place, target: Place, options: CopyOptions): Promise<void> {
  const { referrers = false, digestTags, noClobber, ...crane } = options;
  if (referrers !== false || digestTags === true) {
    throw new UnsupportedError('referrers and digest tags are copied between registries only');
  }
  const found = await find(source, crane);
  if (noClobber === true && (await isTaken(target, crane))) {
    throw new TagExistsError(typeof target === 'string' ? target : formatLocation(target));
  }
  await writeTo(await contentOf(found, crane), target, crane);
}

/** Whether something is there that would be replaced. */
async function isTaken(target: Place, options: CraneOptions): Promise<boolean> {
  const { signal } = options;
  const reference = referenceText(target);
  if (reference !== undefined) {
    const named = referenceOf(reference, options);
    return named.kind === 'tag' && (await exists(named, remoteOptions(options)));
  }
  if (typeof target === 'string') return false;
  if ('path' in target && (target.kind !== 'oci' || target.tag === undefined)) {
    // To a layout without a tag is added; `-` is a stream.
    return target.kind !== 'oci' && target.path !== '-' && (await isThere(target.path));
  }
  try {
    await (await find(target, options)).image({ signal });
    return true;
  } catch (error) {
    if (error instanceof NotFoundError || isMissingFile(error)) return false;
    throw error;
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'systemCode' in error && error.systemCode === 'ENOENT';
}
