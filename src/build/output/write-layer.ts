import { createHash } from 'node:crypto';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createWriteStream } from 'node:fs';
import { difference, possibleDuplicates, type PossibleDuplicate } from '../../tree/layers/difference.js';
import { loadContents } from '../../tree/layers/load-contents.js';
import { writeChanges } from '../../tree/layers/write-changes.js';
import type { Content } from '../../tree/nodes/node.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { compressed } from '../../internal/compress/compression.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';
import { hashed } from '../../internal/streams/verify.js';
import { lazyTar } from '../../internal/tar/lazy-tar.js';
import { compressedToLayer } from '../../partial/layers/compressed-layer.js';
import { fileSource } from '../../partial/layers/file-source.js';
import type { LayerCompressionOptions } from '../../partial/layers/layer-compression.js';
import { newHash } from '../../v1/hash.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import type { WorkDirectory } from '../options/work-directory.js';
import type { NewLayer } from '../stages/stage-result.js';

/** How a layer is written. */
export interface WriteOptions extends LayerCompressionOptions, AbortOptions {
  readonly work: WorkDirectory;
  readonly mediaType: MediaType;
  /** Later times of files are replaced by this one. */
  readonly maxSeconds?: number | undefined;
}

/** Writes a new layer into the work directory, in one pass over its files. */
export async function writeLayer({ lower, upper }: NewLayer, options: WriteOptions): Promise<Layer> {
  const { work, mediaType, maxSeconds, compression = 'gzip', compressionLevel = 1, signal } = options;
  const isDuplicate = await duplicatesIn(await possibleDuplicates(lower, upper, { signal }), { signal });
  const changes = await difference(lower, upper, isDuplicate, { signal });
  const contents = changes.flatMap((change): readonly Content[] =>
    change.kind === 'node' && change.node.type !== 'directory' && change.node.content !== undefined
      ? [change.node.content]
      : [],
  );
  await loadContents(contents, { signal });
  const tar = lazyTar(async (writer, writing) => writeChanges(changes, writer, { ...writing, maxSeconds }), {
    signal,
  });
  const plain = hashed(tar);
  const packed =
    compression === 'none'
      ? plain
      : hashed(compressed(plain.stream, { compression, level: compressionLevel }));
  const file = path.join(work.path, work.newName('layer'));
  try {
    await pipeline(packed.stream, ignoreLateErrors(createWriteStream(file, { flags: 'wx', mode: 0o600 })), {
      signal,
    });
  } catch (error) {
    throw fileSystemError('write', file, error);
  }
  const digest = newHash(packed.tally.digest());
  const diffId = compression === 'none' ? digest : newHash(plain.tally.digest());
  const { size } = packed.tally;
  const open = fileSource(file);
  return compressedToLayer({
    digest: async () => digest,
    diffId: async () => diffId,
    size: async () => size,
    mediaType: async () => mediaType,
    compressed: open,
  });
}

/** Compares the contents of pairs, and returns whether those of a pair are the same. */
async function duplicatesIn(
  pairs: readonly PossibleDuplicate[],
  options: AbortOptions,
): Promise<(pair: PossibleDuplicate) => boolean> {
  await loadContents(
    pairs.flatMap(({ lower, upper }) => [lower.content, upper.content]),
    options,
  );
  // A file with several names is in several pairs, so the upper file alone does not identify a pair.
  const found = new Map<unknown, Set<unknown>>();
  for (const { lower, upper } of pairs) {
    const [before, now] = [await digestOf(lower.content, options), await digestOf(upper.content, options)];
    if (before === now) found.set(lower, (found.get(lower) ?? new Set()).add(upper));
  }
  return ({ lower, upper }) => found.get(lower)?.has(upper) === true;
}

async function digestOf(content: Content, options: AbortOptions): Promise<string> {
  const opened = await content.open(options);
  const hash = createHash('sha256');
  if (opened instanceof Readable) for await (const chunk of opened) hash.update(chunk as Buffer);
  else hash.update(opened);
  return hash.digest('hex');
}
