import { createWriteStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { type AtomicFile, atomicFile } from '../../internal/files/atomic-file.js';
import { mapLimit } from '../../internal/async/limit.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { encodeHeader } from '../../internal/tar/format/encode.js';
import { paddingOf, TRAILER } from '../../internal/tar/format/header.js';
import type { FilePlan, PlannedFile } from './plan.js';
import { type ContentOptions, readContent, reportPlan } from './file-content.js';
import { writeToStream } from './to-stream.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

export interface WriteToPathOptions extends ContentOptions {
  readonly durable?: boolean | undefined;
  readonly jobs?: number | undefined;
}

/**
 * Writes a planned archive to a file that appears under its name only when it is complete. The plan has all offsets, so
 * several files of the archive are written at the same time.
 */
export async function writeToPath(plan: FilePlan, path: string, options: WriteToPathOptions): Promise<void> {
  const destination = await findDestination(path);
  if (destination.isSpecial) {
    await writeToSpecial(plan, path, options);
    return;
  }
  const { durable, jobs = 4, signal } = options;
  const archive = await atomicFile(destination.path, { durable });
  try {
    reportPlan(plan.files, options);
    await mapLimit(
      plan.files,
      jobs,
      async (file, fileOptions) => writeFile(archive, file, { ...options, signal: fileOptions.signal }),
      { signal },
    );
    const end = archive.section(plan.size - TRAILER.byteLength);
    await end.write(TRAILER);
    await end.flush();
    await archive.commit();
  } catch (error) {
    await archive.discard();
    throw error;
  }
}

async function writeFile(archive: AtomicFile, file: PlannedFile, options: ContentOptions): Promise<void> {
  const section = archive.section(file.offset);
  await section.write(encodeHeader({ name: file.name, size: file.size }));
  await readContent(file, section, options);
  await section.write(Buffer.alloc(paddingOf(file.size)));
  await section.flush();
}

/**
 * Resolves symbolic links, because the file is replaced and not the link. A device or a pipe is special: it cannot be
 * replaced.
 */
async function findDestination(
  path: string,
): Promise<{ readonly path: string; readonly isSpecial: boolean }> {
  try {
    const stats = await stat(path);
    return { path: await realpath(path), isSpecial: !stats.isFile() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path, isSpecial: false };
    throw fileSystemError('create', path, error);
  }
}

async function writeToSpecial(plan: FilePlan, path: string, options: WriteToPathOptions): Promise<void> {
  const stream = ignoreLateErrors(createWriteStream(path));
  try {
    await writeToStream(plan, stream, options);
    stream.end();
    await finished(stream);
  } catch (error) {
    throw fileSystemError('write', path, error);
  }
}
