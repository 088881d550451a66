import { LimitExceededError } from '../../errors/limit-exceeded.js';
import { mapLimit } from '../../internal/async/limit.js';
import { collect } from '../../internal/streams/collect.js';
import type { Hash } from '../../v1/hash.js';
import { type DescribedFile, publicFacts } from './described.js';
import type { PullOptions } from './pull-options.js';
import type { MemoryFile } from './pulled.js';

/** The default of `maxBytes` for a pull into memory. */
const MAX_MEMORY_BYTES = 64 * 1024 ** 2;

/** Reads all files into memory. Files with the same content share it. */
export async function pullToMemory(
  files: readonly DescribedFile[],
  { signal, jobs = 4, maxBytes = MAX_MEMORY_BYTES }: PullOptions,
): Promise<readonly MemoryFile[]> {
  assertTotal(files, maxBytes);
  const distinct = new Map(files.map((file) => [file.digest, file]));
  const contents = new Map<Hash, Buffer>();
  await mapLimit(
    distinct.values(),
    jobs,
    async ({ digest, size, open }, { signal }) => {
      // The stream fails if it has more or fewer bytes than its descriptor says.
      const limits = { maxBytes: size, subject: `artifact: the size of blob ${digest}` };
      contents.set(digest, await collect(await open({ signal }), { ...limits, signal }));
    },
    { signal },
  );
  return files.map((file) => ({
    ...publicFacts(file),
    content: contents.get(file.digest) ?? Buffer.alloc(0),
  }));
}

/** @throws LimitExceededError if the descriptors of the files name more bytes. */
export function assertTotal(files: readonly DescribedFile[], maxBytes: number): void {
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (total > maxBytes) throw new LimitExceededError('artifact: the size of all files', maxBytes, 'maxBytes');
}
