import { compressedToImage } from '../../../src/partial/compressed-image.js';
import type { Image } from '../../../src/v1/image.js';
import { ociConfigJson } from '../../../src/v1/types.js';
import { sha256Of } from '../tools/read-all.js';
import { descriptorOf, storedImage } from './stored-image.js';

/** An image whose config has exactly the given members besides its diff IDs. The encoder under test is not used. */
export function rawConfigImage(tars: readonly Buffer[], members: object): Image {
  const rootfs = { type: 'layers', diff_ids: tars.map(sha256Of) };
  const config = { architecture: 'amd64', os: 'linux', rootfs, config: {}, ...members };
  const configBytes = Buffer.from(JSON.stringify(config));
  return compressedToImage(
    storedImage({
      tars,
      configBytes,
      manifest: (manifest) => ({ ...manifest, config: descriptorOf(configBytes, ociConfigJson) }),
    }),
  );
}
