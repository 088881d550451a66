import type { Repository } from '../../name/reference.js';
import { newPuller } from '../../remote/puller.js';
import { referrers } from '../../remote/referrers.js';
import type { Descriptor } from '../../v1/descriptor.js';
import type { Hash } from '../../v1/hash.js';
import { find, type Found, localFound } from '../locations/find.js';
import { contentFrom, type ImageSource } from '../locations/source.js';
import { type ImageLocation, locationText } from '../names/location.js';
import { type CraneOptions, referenceOf, remoteOptions } from '../names/options.js';
import { registryReference } from '../names/target.js';

/** What a verb looks at, and where its referrers can be listed. */
export interface Subject {
  /** The location as it was named; undefined for an image or index of the program. */
  readonly location: string | undefined;
  /** The repository of the content; undefined if it is not in a registry. */
  readonly repository: Repository | undefined;
  readonly found: Found;
  /** The options of the verb. All requests with them share one ping and one token. */
  readonly options: CraneOptions;
}

/** Finds the content of a source. In a registry, this fetches its manifest. */
export async function openSubject(source: ImageSource, options: CraneOptions): Promise<Subject> {
  const shared = { ...options, reuse: options.reuse ?? newPuller(remoteOptions(options)) };
  if (!namesLocation(source)) {
    // This refuses a value that is not a source.
    const content = await contentFrom(source, { signal: options.signal });
    const found = await localFound(content, 'the index', options);
    return { location: undefined, repository: undefined, found, options: shared };
  }
  const reference = registryReference(source);
  return {
    location: locationText(source),
    repository: reference === undefined ? undefined : referenceOf(reference, options).context(),
    found: await find(source, shared),
    options: shared,
  };
}

function namesLocation(source: unknown): source is ImageLocation {
  return typeof source === 'string' || (typeof source === 'object' && source !== null && 'kind' in source);
}

/** The referrers of a manifest; undefined if the content is not in a registry. One request. */
export async function referrersOf(
  { repository, options }: Pick<Subject, 'repository' | 'options'>,
  digest: Hash,
): Promise<readonly Descriptor[] | undefined> {
  if (repository === undefined) return undefined;
  const { signal } = options;
  const index = await referrers(repository.digest(digest), remoteOptions(options));
  return (await index.indexManifest({ signal })).manifests;
}
