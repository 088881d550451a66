import { posix } from 'node:path';
import { UnsupportedError } from '../../errors/unsupported.js';
import { readTar } from '../../internal/tar/tar.js';
import { lazyTar } from '../../internal/tar/lazy-tar.js';
import { compressedOnce } from '../../mutate/layers/slots.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import type { LayerCompressionOptions } from '../../partial/layers/layer-compression.js';

/** A security descriptor in base64: owner and group are BUILTIN\Users. Without it, no file in the layer can be executed. */
const OWNED_BY_USERS = 'AQAAgBQAAAAkAAAAAAAAAAAAAAABAgAAAAAABSAAAAAhAgAAAQIAAAAAAAUgAAAAIQIAAA==';

/**
 * Rewrites a layer so that its files are below `Files/`, where Windows expects them. The layer is written when one of its
 * methods is first called.
 *
 * @throws UnsupportedError through the methods of the layer, if it already has files below `Files/`.
 * @see https://github.com/google/go-containerregistry/blob/main/internal/windows/windows.go
 */
export function windowsLayer(
  layer: Layer,
  { mediaType, ...compress }: LayerCompressionOptions & { readonly mediaType: MediaType },
): Layer {
  return compressedOnce(
    {
      mediaType: async () => mediaType,
      uncompressed: async (options) =>
        lazyTar(async (tar, { signal }) => {
          for (const name of ['Files', 'Hives']) await tar.add({ name, type: 'directory', mode: 0o555 });
          for await (const entry of readTar(await layer.uncompressed({ signal }), { signal })) {
            const { header } = entry;
            if (header.name.startsWith('Files/')) {
              throw new UnsupportedError(
                `${JSON.stringify(header.name)}: the layer already has the structure of a Windows layer`,
              );
            }
            const name = underFiles(header.name);
            // The root, such as `./`, was written above as `Files`.
            if (name === 'Files') continue;
            // The target of a hard link is an entry of this layer and moves with the link. The target of a symbolic link is
            // a path in the container, where Files/ does not exist.
            const linkName = header.type === 'link' ? underFiles(header.linkName) : header.linkName;
            const pax = { ...header.pax, 'MSWINDOWS.rawsd': OWNED_BY_USERS };
            await tar.add({ ...header, name, linkName, pax }, entry);
          }
        }, options),
    },
    compress,
  );
}

/** Maps a path of the tar to its path in the layer. Absolute and climbing paths start at the root, as in runtimes. */
function underFiles(path: string): string {
  return posix.join('Files', posix.join('/', path)).replace(/\/$/, '');
}
