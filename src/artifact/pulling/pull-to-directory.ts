import { realpath } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { mapLimit } from '../../internal/async/limit.js';
import { type AtomicFile, atomicFile } from '../../internal/files/atomic-file.js';
import { makeDirectory } from '../../internal/files/make-directory.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { consume } from '../../internal/streams/consume.js';
import { isDisposable } from '../../internal/streams/disposable.js';
import { type DescribedFile, publicFacts } from './described.js';
import { type DownloadedDirectory, downloadDirectory } from './packed-directory.js';
import type { PullOptions } from './pull-options.js';
import type { PulledFile } from './pulled.js';
import { plannedFiles, type PlannedFile } from './planned-files.js';
import { assertTotal } from './pull-to-memory.js';
import { TargetDirectory } from './target-directory.js';

/** The default of `maxBytes` for a pull into a directory. */
const MAX_DIRECTORY_BYTES = 64 * 1024 ** 3;

/** Content that was verified, and waits for its name. */
type Downloaded = { readonly planned: PlannedFile } & (
  { readonly file: AtomicFile } | { readonly packed: DownloadedDirectory }
);

/**
 * Writes the files into a directory: first all are downloaded and verified under temporary names, then packed directories
 * are unpacked, and then the files get their names.
 */
export async function pullToDirectory(
  files: readonly DescribedFile[],
  directory: string,
  options: PullOptions,
): Promise<readonly PulledFile[]> {
  const { signal, jobs = 4, overwrite = true, maxBytes = MAX_DIRECTORY_BYTES } = options;
  const planned = plannedFiles(files);
  assertTotal(
    planned.map(({ file }) => file),
    maxBytes,
  );
  const target = await openTarget(directory);
  const downloaded: Downloaded[] = [];
  try {
    for (const one of planned) await target.check(one.path, { overwrite, isPacked: one.file.isPacked });
    await mapLimit(
      planned,
      jobs,
      async (one, { signal }) => {
        if (one.file.isPacked) {
          const packed = await downloadDirectory(one, { signal, maxBytes });
          downloaded.push({ planned: one, packed });
        } else {
          const file = await atomicFile(await target.prepare(one.path));
          downloaded.push({ planned: one, file });
          await fill(file, one.file, signal);
        }
      },
      { signal },
    );
    // A file may lie in a packed directory, so the directories come first.
    for (const one of downloaded) {
      if ('packed' in one) await one.packed.unpack(target, { signal, maxBytes, overwrite });
    }
    signal?.throwIfAborted();
    for (const one of downloaded) {
      if ('file' in one) await publish(one.file, one.planned.path, target, overwrite);
    }
  } catch (error) {
    await discardAll(downloaded);
    await target.removeEmpty();
    throw error;
  }
  await discardAll(downloaded);
  const paths = new Map(planned.map(({ file, path }) => [file, path]));
  return files.map((file) => {
    const path = paths.get(file);
    return { ...(path !== undefined && { path: join(directory, path) }), ...publicFacts(file) };
  });
}

async function openTarget(directory: string): Promise<TargetDirectory> {
  await makeDirectory(directory);
  try {
    // A link that the caller names is followed on purpose.
    return new TargetDirectory(await realpath(resolve(directory)));
  } catch (error) {
    throw fileSystemError('open', directory, error);
  }
}

async function fill(file: AtomicFile, { open }: DescribedFile, signal: AbortSignal): Promise<void> {
  const content = await open({ signal });
  const take = isDisposable(content)
    ? (chunk: Buffer) => file.writeAndDispose(chunk)
    : (chunk: Buffer) => file.write(chunk);
  await consume(content, take, { signal });
}

async function publish(
  file: AtomicFile,
  path: string,
  target: TargetDirectory,
  overwrite: boolean,
): Promise<void> {
  // The directory was checked when the file was created, but packed directories were unpacked since then.
  const finalPath = await target.prepare(path);
  await file.commit(finalPath, async () => target.check(path, { overwrite, isPacked: false }));
}

async function discardAll(downloaded: readonly Downloaded[]): Promise<void> {
  await Promise.all(downloaded.map(async (one) => ('file' in one ? one.file.discard() : one.packed.close())));
}
