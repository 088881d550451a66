import { BadNameError } from '../../errors/invalid/name.js';
import type { Reference, Repository } from '../../name/reference.js';
import { list } from '../../remote/list.js';
import type { RemoteOptions } from '../../remote/connection/options.js';
import type { Platform } from '../../v1/platform.js';
import { isReferrersTag } from '../copying/digest-tags.js';
import type { ReferrersToCopy } from '../copying/referrers.js';
import { type CraneOptions, referenceOf, repositoryOf } from '../names/options.js';

/** Images to keep in step in one or more targets. */
export interface SyncEntry {
  /** A repository, whose `tags` are copied, or one image with its tag or digest. */
  readonly source: string;
  /**
   * Where the images are copied to: repositories, where tags keep their names. For a single image they may have a tag
   * or a digest, too.
   */
  readonly targets: readonly string[];
  /**
   * The tags of a repository: some by name, those for which the function returns true, or all. A list of names costs no
   * request; for the others the registry lists the tags.
   */
  readonly tags?: readonly string[] | ((tag: string) => boolean) | 'all' | undefined;
  /**
   * Copies only the images of an index for these platforms, with their attestations, as an index with another digest. A
   * platform that an index does not have is ignored, unless it has none of them.
   *
   * @default the index as it is
   */
  readonly platforms?: readonly (Platform | string)[] | undefined;
  /** Also copies the referrers of the images that the target does not list yet. @default false */
  readonly referrers?: boolean | ReferrersToCopy | undefined;
  /** Also copies the tags that are named after the digests of the images, such as `sha256-....sig`. @default false */
  readonly digestTags?: boolean | undefined;
}

/** One image, and where it is copied to. */
export interface ImageToSync {
  readonly entry: SyncEntry;
  readonly source: Reference;
  readonly targets: readonly Reference[];
}

/** An entry whose names are parsed. */
export type ParsedEntry =
  | { readonly entry: SyncEntry; readonly image: ImageToSync }
  | { readonly entry: SyncEntry; readonly repository: Repository; readonly targets: readonly Repository[] };

/**
 * Parses the names of an entry, before anything is copied.
 *
 * @throws TypeError if the entry lacks targets, or `tags` does not fit the source.
 * @throws BadNameError for a name that is not valid.
 */
export function parseEntry(entry: SyncEntry, options: CraneOptions): ParsedEntry {
  const { source, targets, tags } = entry;
  if (targets.length === 0) throw new TypeError(`${source}: \`targets\` must have a repository or an image`);
  const repository = repositoryIn(source, options);
  if (repository === undefined) {
    if (tags !== undefined) throw new TypeError(`${source}: \`tags\` is only for a repository`);
    const reference = referenceOf(source, options);
    return {
      entry,
      image: {
        entry,
        source: reference,
        targets: targets.map((target) => targetOf(target, reference, options)),
      },
    };
  }
  if (tags === undefined)
    throw new TypeError(`${source}: \`tags\` must select the tags of the repository, or be 'all'`);
  return { entry, repository, targets: targets.map((target) => repositoryOf(target, options)) };
}

/** The repository that a text names; undefined if the text has a tag or a digest. */
function repositoryIn(text: string, options: CraneOptions): Repository | undefined {
  try {
    return repositoryOf(text, options);
  } catch (error) {
    if (!(error instanceof BadNameError)) throw error;
    // If it is not a reference either, that error is the better one.
    referenceOf(text, options);
    return undefined;
  }
}

/** The target of one image. If it has no tag and no digest, it gets those of the source. */
function targetOf(target: string, source: Reference, options: CraneOptions): Reference {
  const repository = repositoryIn(target, options);
  if (repository === undefined) return referenceOf(target, options);
  return source.kind === 'tag' ? repository.tag(source.identifier()) : repository.digest(source.identifier());
}

/** The images of an entry. A list of tags by pattern costs the requests that list the repository. */
export async function imagesOf(parsed: ParsedEntry, shared: RemoteOptions): Promise<readonly ImageToSync[]> {
  if ('image' in parsed) return [parsed.image];
  const { entry, repository, targets } = parsed;
  return (await tagsOf(entry, repository, shared)).map((tag) => ({
    entry,
    source: repository.tag(tag),
    targets: targets.map((target) => target.tag(tag)),
  }));
}

async function tagsOf(
  { tags = 'all', referrers = false }: SyncEntry,
  repository: Repository,
  shared: RemoteOptions,
): Promise<readonly string[]> {
  if (typeof tags === 'object') return tags;
  const names = await list(repository, shared);
  // The target writes fallback tags itself when referrers are pushed to it.
  const own = referrers === false ? names : names.filter((tag) => !isReferrersTag(tag));
  return tags === 'all' ? own : own.filter((tag) => tags(tag));
}
