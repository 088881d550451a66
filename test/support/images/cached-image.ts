import { type FileHandle, open } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { type Cache, image, newFilesystemCache } from '../../../src/cache/index.js';
import { parseReference } from '../../../src/name/parse-reference.js';
import { compressedToImage } from '../../../src/partial/compressed-image.js';
import * as random from '../../../src/random/index.js';
import { get } from '../../../src/remote/get.js';
import { write } from '../../../src/remote/push.js';
import type { Hash } from '../../../src/v1/hash.js';
import type { Image } from '../../../src/v1/image.js';
import type { Layer } from '../../../src/v1/layer.js';
import { useClosing } from '../tools/closing.js';
import { readAll, sha256Of } from '../tools/read-all.js';
import { startRegistry, type StartedRegistry } from '../servers/start-registry.js';
import { storedImage, type StoredImage } from './stored-image.js';
import { tarOf } from '../archives/tar-of.js';
import { useTempDir } from '../tools/temp-dir.js';

export interface CacheDirectory {
  readonly path: string;
  /** Opens a cache in the directory, a new one with each call. */
  cache(): Cache;
  /** Names of the files in the directory; empty if the directory does not exist. */
  entries(): string[];
  fileOf(hash: string): string;
  /** Changes one byte in the middle of an entry. */
  damage(hash: string): Promise<void>;
}

/** A directory for a cache, new for each test. */
export function useCacheFolder(): CacheDirectory {
  const dir = useTempDir();
  const fileOf = (hash: string): string =>
    dir.path('layers', process.platform === 'win32' ? hash.replace(':', '-') : hash);
  return {
    get path() {
      return dir.path('layers');
    },
    cache: () => newFilesystemCache(dir.path('layers')),
    entries: () => (readdirSync(dir.path()).includes('layers') ? readdirSync(dir.path('layers')).sort() : []),
    fileOf,
    damage: async (hash) => {
      const handle = await open(fileOf(hash), 'r+');
      try {
        await flipMiddle(handle);
      } finally {
        await handle.close();
      }
    },
  };
}

async function flipMiddle(handle: FileHandle): Promise<void> {
  const at = Math.floor((await handle.stat()).size / 2);
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  byte.writeUInt8(byte.readUInt8(0) ^ 0xff);
  await handle.write(byte, 0, 1, at);
}

export interface FirstLayer {
  readonly core: StoredImage;
  readonly layer: Layer;
  readonly digest: Hash;
  readonly bytes: Buffer;
  /** How often its source was read. */
  readonly reads: () => number;
}

/** The first layer of an image in memory, read through a cache. */
export async function firstLayer(
  cache: Cache,
  core: StoredImage = storedImage({ tars: [tarOf(['file', 'content'.repeat(50_000)])] }),
): Promise<FirstLayer> {
  const source = compressedToImage(core);
  const bytes = await readAll(await (await source.layers())[0]!.compressed());
  const before = core.reads.get(sha256Of(bytes)) ?? 0;
  const [layer] = await image(source, cache).layers();
  return {
    core,
    bytes,
    layer: layer!,
    digest: await layer!.digest(),
    reads: () => (core.reads.get(sha256Of(bytes)) ?? 0) - before,
  };
}

export interface PushedImage {
  readonly registry: StartedRegistry;
  /** Its reference in the registry. */
  readonly reference: string;
  readonly open: () => Promise<Image>;
}

/** Pushes an image of three layers to a new registry, which is closed after the test. */
export function usePushedImage(): (layerSize?: number) => Promise<PushedImage> {
  const closing = useClosing();
  return async (layerSize = 200_000) => {
    const registry = await closing(startRegistry());
    const reference = `${registry.host}/app:v1`;
    await write(parseReference(reference), random.image(layerSize, 3, { seed: 'pushed' }));
    return { registry, reference, open: async () => (await get(parseReference(reference))).image() };
  };
}
