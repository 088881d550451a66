import { unlink } from 'node:fs/promises';
import path from 'node:path';
import { UnsafePathError } from '../errors/invalid/path.js';
import type { AbortOptions } from '../internal/async/abort.js';
import { writeFileAtomic } from '../internal/files/atomic-file.js';
import { collect } from '../internal/streams/collect.js';
import { keepingSpools } from '../internal/files/kept-spools.js';
import { fileSystemError } from '../internal/files/open-file.js';
import { descriptor as describe } from '../partial/capabilities.js';
import type { DescriptorMatcher } from '../partial/find.js';
import type { Descriptor } from '../v1/descriptor.js';
import type { Hash } from '../v1/hash.js';
import type { ImageIndex } from '../v1/image-index.js';
import type { Image } from '../v1/image.js';
import { CONFIG_MAX_BYTES } from '../v1/documents/parse-options.js';
import { ociImageIndex } from '../v1/types.js';
import { blobFiles } from './blobs/files.js';
import { blobWriter } from './blobs/writer.js';
import { imageByDigest, singleImage } from './find-image.js';
import { storedFiles, sweep, unreferenced } from './garbage.js';
import { type ImageWriter, imageWriter } from './image-writer.js';
import { withEntryOptions, type EntryOptions, withEntry, withoutEntries } from './index-entries.js';
import { type IndexFile, indexFile } from './index-file.js';
import { listedImages, rootIndex, type RootIndex } from './listed-images.js';
import { assertOwnDirectory } from './blobs/own-directories.js';
import type { LayoutOptions, Path, WriteImageOptions } from './path.js';

/** A layout, with what this directory's own functions need besides. */
export interface DirectoryPath extends Path {
  /**
   * Writes blobs, and then, under the lock, what refers to them. Should a garbage collection have
   * removed some of them in between, they are written again.
   */
  publish(
    writeBlobs: (writer: ImageWriter) => Promise<void>,
    writeIndex: (index: IndexFile) => Promise<void>,
    options: WriteImageOptions,
  ): Promise<void>;
}

const HOUR_MS = 3_600_000;
const UNLOCKED_ATTEMPTS = 2;

export function directoryPath(root: string, layout: LayoutOptions): DirectoryPath {
  const { durable, resume } = layout;
  const blobs = blobFiles(root, layout);
  const index = indexFile(root, layout);
  const writer = blobWriter({ root, blobs, durable, resume });
  const imagesTo = (options: WriteImageOptions): ImageWriter =>
    imageWriter({ ...options, writer, target: root });

  const readRoot = async (options?: AbortOptions): Promise<RootIndex> => {
    const content = await index.read(options);
    const { mediaType = ociImageIndex } = index.parse(content);
    return { mediaType, content, blobs };
  };
  const imageIndex = async (options?: AbortOptions): Promise<ImageIndex> =>
    rootIndex(await readRoot(options));
  const images: Path['images'] = async (options) => listedImages(root, await readRoot(options), options);

  const allStored = async (digests: Iterable<Hash>): Promise<boolean> => {
    for (const digest of digests) if ((await blobs.sizeOf(digest)) === undefined) return false;
    return true;
  };
  const publishOnce: DirectoryPath['publish'] = async (writeBlobs, writeIndex, options) => {
    for (let attempt = 0; attempt < UNLOCKED_ATTEMPTS; attempt += 1) {
      const images = imagesTo(options);
      await writeBlobs(images);
      const done = await index.locked(async () => {
        if (!(await allStored(images.written))) return false;
        await writeIndex(index);
        return true;
      }, options);
      if (done) return;
    }
    // Somebody collects garbage all the time: shut them out.
    await index.locked(async () => {
      await writeBlobs(imagesTo(options));
      await writeIndex(index);
    }, options);
  };
  const publish: DirectoryPath['publish'] = async (...args) =>
    keepingSpools(async () => publishOnce(...args));
  /** Puts an entry into `index.json`; call it under the lock. */
  const enter = async (entry: Descriptor, replaced: DescriptorMatcher | undefined, options: AbortOptions) => {
    const current = index.parse(await index.read(options));
    const kept = replaced === undefined ? current : withoutEntries(current, replaced);
    await index.writeManifest(withEntry(kept, entry), options);
  };
  const add = async (
    content: Image | ImageIndex,
    replaced: DescriptorMatcher | undefined,
    writeBlobs: (writer: ImageWriter) => Promise<void>,
    options: WriteImageOptions & EntryOptions,
  ): Promise<void> =>
    publish(
      writeBlobs,
      async () => {
        // As in go-containerregistry, what is appended is described anew, but for its platform, and what replaces keeps
        // its description.
        const bare =
          replaced === undefined ? await bareDescriptor(content, options) : await describe(content, options);
        await enter(withEntryOptions(bare, options), replaced, options);
      },
      options,
    );

  return Object.freeze<DirectoryPath>({
    path: root,
    publish,
    imageIndex,
    images,
    image: async (which, options = {}) => {
      if (typeof which === 'object') return (await images(options)).image(which, options);
      const whole = await imageIndex(options);
      return which === undefined ? singleImage(whole, options) : imageByDigest(whole, which, options);
    },
    blob: async (digest, options) => blobs.openByDigest(digest, options),
    bytes: async (digest, options) =>
      collect(await blobs.openByDigest(digest, options), {
        ...options,
        maxBytes: layout.maxConfigBytes ?? CONFIG_MAX_BYTES,
        option: 'maxConfigBytes',
        subject: `size of blob ${digest}`,
      }),

    writeBlob: async (digest, content, options) => writer.writeStream(digest, content, options),
    writeFile: async (name, content, options) => {
      const file = pathInside(root, name);
      await assertOwnDirectory(root, path.dirname(file), `write ${JSON.stringify(name)}`);
      await writeFileAtomic(file, content, { ...options, durable });
    },
    removeBlob: async (digest) => {
      const file = blobs.pathOf(digest);
      await assertOwnDirectory(root, path.dirname(file), `remove blob ${digest}`);
      await removeFile(file);
    },

    writeImage: async (image, options = {}) =>
      keepingSpools(async () => imagesTo(options).writeImage(image, options)),
    writeIndex: async (children, options = {}) =>
      keepingSpools(async () => imagesTo(options).writeIndex(children, options)),

    appendImage: async (image, options = {}) =>
      add(image, undefined, async (images) => images.writeImage(image, options), options),
    appendIndex: async (children, options = {}) =>
      add(children, undefined, async (images) => images.writeIndex(children, options), options),
    appendDescriptor: async (entry, options = {}) =>
      index.locked(async () => enter(entry, undefined, options), options),
    replaceImage: async (image, matcher, options = {}) =>
      add(image, matcher, async (images) => images.writeImage(image, options), options),
    replaceIndex: async (children, matcher, options = {}) =>
      add(children, matcher, async (images) => images.writeIndex(children, options), options),
    replaceDescriptor: async (entry, matcher, options = {}) =>
      index.locked(async () => enter(entry, matcher, options), options),
    removeDescriptors: async (matcher, options = {}) =>
      index.locked(async () => {
        const current = index.parse(await index.read(options));
        await index.writeManifest(withoutEntries(current, matcher), options);
      }, options),

    garbageCollect: async (options = {}) => {
      const { delete: remove = false, graceMs = HOUR_MS } = options;
      const collectGarbage = async (): Promise<readonly Hash[]> => {
        const { digests, temporary } = await storedFiles(root);
        const garbage = await unreferenced(index.parse(await index.read(options)), digests, blobs, options);
        if (!remove) return garbage;
        for (const digest of garbage) {
          // Whoever took the lock over may have listed it.
          await index.checkLock();
          await removeFile(blobs.pathOf(digest));
        }
        await sweep(temporary, graceMs);
        return garbage;
      };
      return remove ? index.locked(collectGarbage, options) : collectGarbage();
    },
  });
}

async function bareDescriptor(content: Image | ImageIndex, options: AbortOptions): Promise<Descriptor> {
  const { mediaType, size, digest, platform } = await describe(content, options);
  // An index may say more of a platform, such as the variant, than the config does.
  return { mediaType, size, digest, ...(platform && { platform }) };
}

function pathInside(root: string, name: string): string {
  const file = path.resolve(root, name);
  if (!file.startsWith(path.resolve(root) + path.sep)) {
    throw new UnsafePathError(`write ${JSON.stringify(name)}: it leads out of the layout`);
  }
  return file;
}

async function removeFile(file: string): Promise<void> {
  try {
    await unlink(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw fileSystemError('remove', file, error);
  }
}
