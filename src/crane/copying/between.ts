import { stat } from 'node:fs/promises';
import { FileSystemError } from '../../errors/file-system.js';
import { NotFoundError } from '../../errors/service/not-found.js';
import { TagExistsError } from '../../errors/service/tag-exists.js';
import { UnsupportedError } from '../../errors/unsupported.js';
import { exists } from './digest-tags.js';
import type { CopyOptions } from './options.js';
import { contentOf, find } from '../locations/find.js';
import type { Pushed } from '../locations/pushed.js';
import { locationText, type ImageLocation } from '../names/location.js';
import { type CraneOptions, referenceOf, remoteOptions } from '../names/options.js';
import { registryReference } from '../names/target.js';
import { writeTo } from '../locations/write-to.js';

/** Copies if the source or the target is not in a registry. */
export async function copyBetween(
  source: ImageLocation,
  target: ImageLocation,
  options: CopyOptions,
): Promise<Pushed> {
  const { referrers = false, digestTags, noClobber, sourceAuth, targetAuth, ...craneOptions } = options;
  if (referrers !== false || digestTags === true) {
    throw new UnsupportedError('referrers and digest tags are copied between registries only');
  }
  const sourceOptions = { ...craneOptions, auth: sourceAuth ?? options.auth };
  const targetOptions = { ...craneOptions, auth: targetAuth ?? options.auth };
  const found = await find(source, sourceOptions);
  if (noClobber === true && (await wouldReplace(target, targetOptions))) {
    throw new TagExistsError(locationText(target));
  }
  return writeTo(await contentOf(found, sourceOptions), target, targetOptions);
}

/** Whether the copy would replace an existing image. */
async function wouldReplace(target: ImageLocation, options: CraneOptions): Promise<boolean> {
  const { signal } = options;
  const reference = registryReference(target);
  if (reference !== undefined) {
    const named = referenceOf(reference, options);
    return named.kind === 'tag' && (await exists(named, remoteOptions(options)));
  }
  if (typeof target === 'string') return false;
  if ('path' in target && (target.kind !== 'oci' || target.tag === undefined)) {
    // Writing to a layout without a tag only adds an entry, and `-` is a stream.
    return target.kind !== 'oci' && target.path !== '-' && (await pathExists(target.path));
  }
  try {
    await (await find(target, options)).image({ signal });
    return true;
  } catch (error) {
    if (error instanceof NotFoundError || isMissingFile(error)) return false;
    throw error;
  }
}

async function pathExists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function isMissingFile(error: unknown): boolean {
  return error instanceof FileSystemError && error.systemCode === 'ENOENT';
}
