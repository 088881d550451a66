import { isContainerError } from '../../errors/base.js';
import type { Descriptor } from '../../v1/descriptor.js';
import { decodeIndexManifest, decodeManifest } from '../../v1/documents/decode-manifest.js';
import { isIndex } from '../../v1/types.js';
import type { FetchedManifest } from './manifest.js';

/** The descriptor under which an index would list a manifest, with its artifact type and annotations, as in GGCR. */
export function descriptorOf({ mediaType, digest, bytes }: FetchedManifest): Descriptor {
  const { artifactType, annotations } = listedMembers(mediaType, bytes);
  return Object.freeze({
    mediaType,
    size: bytes.byteLength,
    digest,
    ...(annotations && { annotations }),
    ...(artifactType !== undefined && artifactType !== '' && { artifactType }),
  });
}

/** Empty if the manifest cannot be parsed: its bytes can still be read and copied. */
function listedMembers(
  mediaType: string,
  bytes: Uint8Array,
): Pick<Descriptor, 'artifactType' | 'annotations'> {
  try {
    if (isIndex(mediaType)) return decodeIndexManifest(bytes);
    const { artifactType, annotations, config } = decodeManifest(bytes);
    return { artifactType: artifactType ?? config.mediaType, annotations };
  } catch (error) {
    if (isContainerError(error)) return {};
    throw error;
  }
}
