import { compressedToImage } from '../../../src/partial/compressed-image.js';
import type { Descriptor } from '../../../src/v1/descriptor.js';
import type { Image } from '../../../src/v1/image.js';
import { storedImage } from './stored-image.js';

/** An artifact that refers to a subject. Artifacts with different names are different images. */
export function referringImage(subject: Descriptor, artifactType: string, name = artifactType): Image {
  return compressedToImage(
    storedImage({
      manifest: (same) => ({ ...same, subject, artifactType, annotations: { 'org.example.name': name } }),
    }),
  );
}
