import { createHash } from 'node:crypto';
import { partial, static as staticLayers, v1 } from 'containerregistry';

/** A blob of an artifact, and what its descriptor says about it. */
export interface RawBlob {
  readonly content: string | Uint8Array;
  readonly title?: string;
  readonly mediaType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The size that the manifest states, if it is wrong. */
  readonly size?: number;
  /** The content whose digest the manifest states, if it is wrong. */
  readonly digestOf?: string;
}

export interface RawArtifact {
  readonly layers?: readonly RawBlob[];
  readonly config?: RawBlob;
  readonly type?: string;
}

const bytesOf = (content: string | Uint8Array): Buffer => Buffer.from(content);
const digestOf = (content: string | Uint8Array): v1.Hash =>
  v1.newHash(`sha256:${createHash('sha256').update(content).digest('hex')}`);

/** An artifact with any manifest, as another tool or a hostile registry may make it. Nothing of it is checked. */
export function rawArtifact({ layers = [], config = { content: '{}' }, type }: RawArtifact): v1.Image {
  const describe = (blob: RawBlob, mediaType: string): v1.Descriptor => ({
    mediaType: blob.mediaType ?? mediaType,
    size: blob.size ?? bytesOf(blob.content).byteLength,
    digest: digestOf(blob.digestOf ?? blob.content),
    annotations: {
      ...(blob.title !== undefined && { 'org.opencontainers.image.title': blob.title }),
      ...blob.annotations,
    },
  });
  const listed = layers.map((blob) => [blob, describe(blob, 'application/octet-stream')] as const);
  const manifest = v1.marshalManifest({
    schemaVersion: 2,
    mediaType: v1.types.ociManifestSchema1,
    config: describe(config, 'application/vnd.oci.empty.v1+json'),
    layers: listed.map(([, descriptor]) => descriptor),
    artifactType: type,
  });
  return partial.compressedToImage({
    mediaType: async () => v1.types.ociManifestSchema1,
    rawManifest: async () => manifest,
    rawConfigFile: async () => bytesOf(config.content),
    layerByDigest: async (digest, descriptor) => {
      const [blob] = listed.find(([, one]) => one.digest === digest)!;
      const layer = staticLayers.newLayer(bytesOf(blob.content), descriptor.mediaType);
      return { ...layer, digest: async () => digest, size: async () => descriptor.size };
    },
  });
}
