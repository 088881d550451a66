import { compareUtf8, goJson } from '../../internal/json/go-json.js';
import type { Annotations, Descriptor } from '../../v1/descriptor.js';
import { ociManifestSchema1 } from '../../v1/types.js';

/** The members of the manifest of an artifact. */
export interface ArtifactManifest {
  readonly type: string | undefined;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
  readonly annotations: Annotations;
}

/**
 * Writes the manifest of an artifact with the bytes that oras would write. The order of the members is that of the structs in
 * OCI's Go module, which differs from the order in go-containerregistry.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/specs-go/v1/manifest.go
 */
export function artifactManifestJson(manifest: ArtifactManifest): Uint8Array {
  const { type, config, layers, subject, annotations } = manifest;
  return Buffer.from(
    goJson({
      schemaVersion: 2,
      mediaType: ociManifestSchema1,
      artifactType: type,
      config: descriptorMembers(config),
      layers: layers.map(descriptorMembers),
      subject: subject === undefined ? undefined : descriptorMembers(subject),
      annotations: sorted(annotations),
    }),
  );
}

function descriptorMembers(descriptor: Descriptor): object {
  const { mediaType, digest, size, urls, annotations, data, platform, artifactType } = descriptor;
  return {
    mediaType,
    digest,
    size,
    urls: urls?.length === 0 ? undefined : urls,
    annotations: annotations === undefined ? undefined : sorted(annotations),
    data,
    platform,
    artifactType: artifactType === '' ? undefined : artifactType,
  };
}

/** Go sorts the members of a map, and leaves out an empty one. */
function sorted(annotations: Annotations): Annotations | undefined {
  const entries = Object.entries(annotations).sort(([a], [b]) => compareUtf8(a, b));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
