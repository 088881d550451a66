import { isHash } from '../../v1/hash.js';
import { fetchRange, hasDigest, unpackToc } from './fetch-range.js';
import { filesOf, numberOf, TocProblem, tocEntries } from './toc-files.js';
import type { AnnotatedBlob, StoredToc, TocOptions } from './toc.js';

/** The second form is that of versions before 2023, such as skopeo 1.9. */
const PREFIXES = ['io.github.containers.zstd-chunked', 'io.containers.zstd-chunked'] as const;

/**
 * The table of contents of a layer in the format zstd:chunked, which podman and buildah write. The manifest has its position
 * and the digest of its compressed form.
 *
 * @returns undefined for a layer in another format
 * @throws TocProblem if it cannot be used
 * @see https://github.com/containers/storage/blob/main/docs/containers-storage-zstd-chunked.md
 */
export async function zstdChunkedToc(
  { layer, size, annotations }: AnnotatedBlob,
  options: TocOptions,
): Promise<StoredToc | undefined> {
  const prefix = PREFIXES.find((each) => annotations[`${each}.manifest-checksum`] !== undefined);
  const [checksum, position] = ['manifest-checksum', 'manifest-position'].map(
    (name) => annotations[`${prefix ?? ''}.${name}`],
  );
  if (checksum === undefined || position === undefined) return undefined;
  const match = /^(\d{1,15}):(\d{1,15}):(\d{1,15}):1$/.exec(position);
  if (!isHash(checksum) || match === null) throw new TocProblem('its position or digest is invalid');
  const [offset = 0, length = 0, plainLength = 0] = match.slice(1).map(Number);
  if (length === 0 || offset + length > size) throw new TocProblem('its position is not in the layer');
  if (Math.max(length, plainLength) > options.maxTocBytes) throw new TocProblem('it is too large');
  const bytes = await fetchRange(layer, offset, length, options);
  if (!hasDigest(bytes, checksum)) throw new TocProblem('it has another digest');
  const text = (await unpackToc(bytes, plainLength, options)).toString('utf8');
  const files = filesOf(
    tocEntries(text),
    (entry, file, next) => {
      const offset = numberOf(entry, 'offset');
      // Only the entry of a file says where its last chunk ends.
      const end = next === undefined ? 0 : numberOf(next, 'offset');
      return { offset, end: end > offset ? end : numberOf(file, 'endOffset'), skip: 0 };
    },
    size,
  );
  return { files };
}
