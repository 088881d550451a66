import { writeFileAtomic } from '../../internal/files/atomic-file.js';
import type { Tag } from '../../name/reference.js';
import type { Hash } from '../../v1/hash.js';
import { type ImageIndex, isImageIndex } from '../../v1/image-index.js';
import type { Image } from '../../v1/image.js';
import type { MediaType } from '../../v1/media-type.js';
import type { Input } from '../terminal/io.js';

/** What a build has made. */
export interface Description {
  readonly digest: Hash;
  readonly mediaType: MediaType;
  readonly size: number;
  /** Undefined for an index. */
  readonly configDigest: Hash | undefined;
  readonly tags: readonly Tag[];
}

interface ReportFlags {
  readonly iidfile?: string;
  readonly metadataFile?: string;
}

export async function describeBuilt(
  content: Image | ImageIndex,
  tags: readonly Tag[],
  { signal }: Pick<Input, 'signal'>,
): Promise<Description> {
  return {
    digest: await content.digest({ signal }),
    mediaType: await content.mediaType({ signal }),
    size: await content.size({ signal }),
    configDigest: isImageIndex(content) ? undefined : await content.configName({ signal }),
    tags,
  };
}

/** Writes the files that `--iidfile` and `--metadata-file` name. */
export async function writeReports(description: Description, flags: ReportFlags): Promise<void> {
  const { digest, configDigest } = description;
  if (flags.iidfile !== undefined) await writeFileAtomic(flags.iidfile, Buffer.from(configDigest ?? digest));
  if (flags.metadataFile !== undefined)
    await writeFileAtomic(
      flags.metadataFile,
      Buffer.from(JSON.stringify(metadataOf(description), undefined, 2)),
    );
}

/**
 * The members that `docker buildx build --metadata-file` writes.
 *
 * @see https://docs.docker.com/reference/cli/docker/buildx/build/#metadata-file
 */
function metadataOf({ digest, mediaType, size, configDigest, tags }: Description): object {
  return {
    ...(configDigest !== undefined && { 'containerimage.config.digest': configDigest }),
    'containerimage.descriptor': { mediaType, digest, size },
    'containerimage.digest': digest,
    ...(tags.length > 0 && { 'image.name': tags.map(dockerName).join(',') }),
  };
}

/** The full name as docker writes it. */
function dockerName(tag: Tag): string {
  return tag.name().replace(/^index\.docker\.io\//, 'docker.io/');
}
