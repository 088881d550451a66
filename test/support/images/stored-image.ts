import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { CompressedImageCore, CompressedLayer } from '../../../src/partial/layers/cores.js';
import type { ConfigFile } from '../../../src/v1/config-file.js';
import type { Descriptor } from '../../../src/v1/descriptor.js';
import { type Hash, newHash, sha256Bytes } from '../../../src/v1/hash.js';
import type { Manifest } from '../../../src/v1/manifest.js';
import { marshalConfigFile, marshalManifest } from '../../../src/v1/documents/marshal.js';
import { ociConfigJson, ociLayer, ociManifestSchema1 } from '../../../src/v1/types.js';
import { tarOf } from '../archives/tar-of.js';

export interface StoredImageOptions {
  /** Tars of the layers, stored as gzip. @default two small ones */
  readonly tars?: readonly Buffer[];
  /** The stored layers, instead of `tars` in gzip. */
  readonly blobs?: readonly Buffer[];
  readonly config?: (config: ConfigFile) => ConfigFile;
  readonly manifest?: (manifest: Manifest) => Manifest;
  /** Bytes that the source returns instead of the config. */
  readonly configBytes?: Uint8Array;
}

export interface StoredImage extends CompressedImageCore {
  /** How often each part was read; the keys are `manifest`, `config` and the digests of layers. */
  readonly reads: ReadonlyMap<string, number>;
}

/** The core of an OCI image in memory, any part of which a test can make invalid. */
export function storedImage(options: StoredImageOptions = {}): StoredImage {
  const tars = options.tars ?? [tarOf(['etc/os', 'one']), tarOf(['app', 'two'])];
  const blobs = options.blobs ?? tars.map((tar) => gzipSync(tar));
  const config = options.config ?? ((same) => same);
  const manifest = options.manifest ?? ((same) => same);

  const rawConfig = marshalConfigFile(
    config({
      architecture: 'amd64',
      os: 'linux',
      history: tars.map((_, at) => ({ created_by: `step ${at}` })),
      rootfs: { type: 'layers', diff_ids: tars.map((tar) => sha256Bytes(tar)) },
      config: {},
    }),
  );
  const rawManifest = marshalManifest(
    manifest({
      schemaVersion: 2,
      mediaType: ociManifestSchema1,
      config: descriptorOf(rawConfig, ociConfigJson),
      layers: blobs.map((blob) => descriptorOf(blob, ociLayer)),
    }),
  );
  const reads = new Map<string, number>();
  const read = <T>(what: string, value: T): T => {
    reads.set(what, (reads.get(what) ?? 0) + 1);
    return value;
  };
  const stored = new Map<Hash, Buffer>(blobs.map((blob) => [sha256Bytes(blob), blob]));
  return {
    reads,
    mediaType: async () => ociManifestSchema1,
    rawManifest: async () => read('manifest', rawManifest),
    rawConfigFile: async () => read('config', options.configBytes ?? rawConfig),
    layerByDigest: async (digest, { mediaType }): Promise<CompressedLayer> => {
      const blob = stored.get(digest);
      return {
        digest: async () => digest,
        size: async () => blob?.byteLength ?? 0,
        mediaType: async () => mediaType,
        compressed: async () => {
          if (blob === undefined) throw new Error(`no such blob: ${digest}`);
          return Readable.from([read(digest, blob)], { objectMode: false });
        },
      };
    },
  };
}

export function descriptorOf(bytes: Uint8Array, mediaType: string): Descriptor {
  return { mediaType, size: bytes.byteLength, digest: sha256Bytes(bytes) };
}

/** A digest of one repeated digit, which no content has. */
export const someHash = (digit: string): Hash => newHash(`sha256:${digit.repeat(64)}`);
