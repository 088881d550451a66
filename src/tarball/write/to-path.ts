import { createWriteStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { type AtomicFile, atomicFile } from '../../internal/files/atomic-file.js';
import { mapLimit } from '../../internal/async/limit.js';
import { fileSystemError } from '../../internal/files/open-file.js';
import { encodeHeader } from '../../internal/tar/format/encode.js';
import { paddingOf, TRAILER } from '../../internal/tar/format/header.js';
import type { FilePlan, PlannedFile } from './plan.js';
import { type ContentOptions, readContent } from './file-content.js';
import { writeToStream } from './to-stream.js';
import { ignoreLateErrors } from '../../internal/streams/consume.js';

export interface WriteToPathOptions extends ContentOptions {
  readonly durable?: boolean | undefined;
  readonly jobs?: number | undefined;
}

/**
 * Writes a planned archive to a file that appears when it is complete. As the plan knows every
 * offset, files are written side by side, each to its place.
 */
export async function writeToPath(plan: FilePlan, path: string, options: WriteToPathOptions): Promise<void> {
  const place = await placeOf(path);
  if (place.special) {
    await writeToSpecial(plan, path, options);
    return;
  }
  const { durable, jobs = 4, signal } = options;
  const archive = await atomicFile(place.path, { durable });
  try {
    await mapLimit(
      plan.files,
      jobs,
      async (file, asked) => writeFile(archive, file, { ...options, signal: asked.signal }),
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

/** Where a symbolic link leads, as the file is replaced and not the link; devices and pipes cannot be replaced. */
async function placeOf(path: string): Promise<{ readonly path: string; readonly special: boolean }> {
  try {
    const stats = await stat(path);
    return { path: await realpath(path), special: !stats.isFile() };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { path, special: false };
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
