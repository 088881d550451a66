import { createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { NotFoundError } from '../../src/errors/service/not-found.js';
import { TransportError } from '../../src/errors/service/transport.js';
import * as layout from '../../src/layout/index.js';
import * as match from '../../src/match/index.js';
import type { Reference, Tag } from '../../src/name/reference.js';
import { newTag } from '../../src/name/tag.js';
import { newDiskStore } from '../../src/registry/store/disk/disk-store.js';
import * as remote from '../../src/remote/index.js';
import * as tarball from '../../src/tarball/index.js';
import { newGotClient } from '../../src/transport/http/got-client.js';
import { fakeClock } from '../support/tools/fake-clock.js';
import { startRegistry } from '../support/servers/start-registry.js';
import type { Image } from '../../src/v1/image.js';
import type { ImageIndex } from '../../src/v1/image-index.js';
import type { Sink, SinkWriteOptions } from './sink.js';

/** The embedded registry, which keeps its blobs in files. */
export async function openRegistry(directory: string): Promise<Sink> {
  const registry = await startRegistry(newDiskStore(directory));
  const client = newGotClient();
  const reference = newTag(`${registry.host}/app:v1`);
  const options = { client, clock: fakeClock() };
  return {
    write: async (image, writeOptions) => remote.write(reference, image, { ...options, ...writeOptions }),
    read: async () => remote.image(reference, options),
    writeIndex: async (index, writeOptions) =>
      remote.writeIndex(reference, index, { ...options, ...writeOptions }),
    readIndex: async () => remote.index(reference, options),
    holds: async () => exists(remote.head(reference, options)),
    leftovers: async () => Promise.resolve([]),
    storedBytes: async () => sizeOf(directory),
    close: async () => {
      await client.close();
      await registry.close();
    },
  };
}

export async function openLayout(directory: string): Promise<Sink> {
  const layoutPath = path.join(directory, 'layout');
  const named = match.name('v1');
  const annotations = { 'org.opencontainers.image.ref.name': 'v1' };
  const opened = await layout.fromPath(layoutPath, { create: true });
  return {
    write: async (image, options) => opened.replaceImage(image, named, { ...options, annotations }),
    read: async () => (await layout.fromPath(layoutPath)).image(),
    writeIndex: async (index, options) => opened.replaceIndex(index, named, { ...options, annotations }),
    readIndex: async () => {
      const all = await layout.imageIndexFromPath(layoutPath);
      const { manifests } = await all.indexManifest();
      return all.imageIndex(manifests[0]!.digest);
    },
    holds: async () => (await (await opened.imageIndex()).indexManifest()).manifests.length > 0,
    leftovers: async () => (await filesIn(layoutPath)).filter(isHidden),
    storedBytes: async () => sizeOf(layoutPath),
    close: async () => Promise.resolve(),
  };
}

type WriteFile = (path: string, tag: Tag, content: Image, options?: SinkWriteOptions) => Promise<void>;
type WriteIndexFile = (
  path: string,
  tag: Tag,
  content: ImageIndex,
  options?: SinkWriteOptions,
) => Promise<void>;

/** Opens a sink that keeps its images in a tar file. */
export function openArchive(
  write: WriteFile,
  writeIndex?: WriteIndexFile,
): (directory: string) => Promise<Sink> {
  const tag = newTag('example.com/app:v1');
  return async (directory) => {
    const file = path.join(directory, 'app.tar');
    return Promise.resolve({
      write: async (image, options) => write(file, tag, image, options),
      read: async () => tarball.imageFromPath(file, { tag }),
      ...(writeIndex && {
        writeIndex: async (index: ImageIndex, options?: SinkWriteOptions) =>
          writeIndex(file, tag, index, options),
        readIndex: async () => {
          const { index } = await tarball.open(file);
          const { manifests } = await index!.indexManifest();
          return index!.imageIndex(manifests[0]!.digest);
        },
      }),
      holds: async () => exists(stat(file)),
      leftovers: async () => (await filesIn(directory)).filter((name) => name !== file),
      storedBytes: async () => sizeOf(directory),
      close: async () => Promise.resolve(),
    });
  };
}

/** Writes a file through a stream. The file gets its name after the whole write has succeeded. */
export function writeThroughStream<C>(
  write: (reference: Reference, content: C, writable: Writable, options?: SinkWriteOptions) => Promise<void>,
): (file: string, tag: Tag, content: C, options?: SinkWriteOptions) => Promise<void> {
  return async (file, tag, content, options) => {
    const stream = createWriteStream(`${file}.part`);
    try {
      await write(tag, content, stream, options);
      if (stream.writableEnded) throw new Error('the stream was ended');
      stream.end();
      await finished(stream);
      await rename(stream.path, file);
    } catch (error) {
      if (!stream.destroyed) throw new Error('the stream was not destroyed', { cause: error });
      // An error that comes now has no listener, and would end the process.
      if (!stream.closed) await new Promise<void>((resolve) => void stream.once('close', resolve));
      await rm(stream.path, { force: true });
      throw error;
    }
  };
}

async function exists(lookup: Promise<unknown>): Promise<boolean> {
  try {
    await lookup;
    return true;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof TransportError) return false;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

async function filesIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

const isHidden = (file: string): boolean => path.basename(file).startsWith('.');

async function sizeOf(directory: string): Promise<number> {
  let size = 0;
  for (const file of await filesIn(directory)) size += (await stat(file)).size;
  return size;
}
