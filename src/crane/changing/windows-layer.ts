import { posix } from 'node:path';
import { UnsupportedError } from '../../errors/unsupported.js';
import { readTar } from '../../internal/tar/tar.js';
import { lazyTar } from '../../internal/tar/lazy-tar.js';
import { compressedOnce } from '../../mutate/layers/slots.js';
import type { Layer } from '../../v1/layer.js';
import type { MediaType } from '../../v1/media-type.js';
import type { LayerCompressionOptions } from '../../partial/layers/layer-compression.js';

/** Owner and group BUILTIN\Users as a security descriptor in base64: without it nothing in the layer can be run. */
const OWNED_BY_USERS = 'AQAAgBQAAAAkAAAAAAAAAAAAAAABAgAAAAAABSAAAAAhAgAAAQIAAAAAAAUgAAAAIQIAAA==';

/**
 * A layer with its files where Windows looks for them. It is made when it is first asked for.
 *
 * @throws {@link UnsupportedError} through its methods, if it is laid out so already.
 * @see https://github.com/google/go-containerregistry/blob/main/internal/windows/windows.go
 */
export function windowsLayer(
  layer: Layer,
  { mediaType, ...compress }: LayerCompressionOptions & { readonly mediaType: MediaType },
): Layer {
  return compressedOnce(
    {
      mediaType: async () => Promise.resolve(mediaType),
      uncompressed: async (options) =>
        Promise.resolve(
          lazyTar(async (tar, { signal }) => {
            for (const name of ['Files', 'Hives']) await tar.add({ name, type: 'directory', mode: 0o555 });
            for await (const entry of readTar(await layer.uncompressed({ signal }), { signal })) {
              const { header } = entry;
              if (header.name.startsWith('Files/')) {
                throw new UnsupportedError(
                  `${JSON.stringify(header.name)}: the layer is made for Windows already`,
                );
              }
              const name = underFiles(header.name);
              // The root, such as `./`, is there already.
              if (name === 'Files') continue;
              // The target of a hard link is an entry of this layer, which moves as the link does; that of a symbolic link is a
              // path in the container, where Files/ does not exist.
              const linkName = header.type === 'link' ? underFiles(header.linkName) : header.linkName;
              const pax = { ...header.pax, 'MSWINDOWS.rawsd': OWNED_BY_USERS };
              await tar.add({ ...header, name, linkName, pax }, entry);
            }
          }, options),
        ),
    },
    compress,
  );
}

/** Where a path of the tar is in the layer. Absolute and climbing paths mean the root, as they do to runtimes. */
function underFiles(path: string): string {
  return posix.join('Files', posix.join('/', path)).replace(/\/$/, '');
}
