import { type ByteSource, isByteSource } from '../../internal/streams/web.js';
import { describeType } from '../../internal/arguments.js';
import { createTar } from '../../internal/tar/tar.js';
import { layerFromOpener } from '../../partial/layers/layer-source.js';
import { newLayer } from '../../stream/layer.js';
import type { Layer } from '../../v1/layer.js';

/** The content of files by their path in the image. A string is written in UTF-8. */
export type FileMap = Readonly<Record<string, string | Uint8Array>>;

const READABLE_BY_ALL = 0o644;

/**
 * Makes a layer of files. The same files give the same layer on every machine: paths are sorted, times are zero, and root
 * owns everything. No entries are written for directories; runtimes create those that the paths imply.
 *
 * Everyone may read the files. In GGCR, they have no permissions at all.
 *
 * A stream of a tar, such as a pack of tar-stream, becomes a layer that can be read once; see `stream.newLayer`.
 *
 * @see https://github.com/google/go-containerregistry/blob/main/pkg/crane/filemap.go
 */
export function layer(files: FileMap | ByteSource): Layer {
  if (isByteSource(files)) return newLayer(files);
  const names = Object.keys(files).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  for (const name of names) assertContent(name, files[name]);
  return layerFromOpener(() => {
    const tar = createTar();
    const write = async (): Promise<void> => {
      for (const name of names) await tar.add({ name, mode: READABLE_BY_ALL }, bytesOf(files[name]));
      await tar.finish();
    };
    write().catch((error: unknown) => {
      tar.stream.destroy(error instanceof Error ? error : new Error(String(error)));
    });
    return tar.stream;
  });
}

function bytesOf(content: Uint8Array | string | undefined): Uint8Array | undefined {
  return typeof content === 'string' ? Buffer.from(content) : content;
}

function assertContent(name: string, content: unknown): void {
  if (typeof content === 'string' || content instanceof Uint8Array) return;
  throw new TypeError(
    `the content of ${JSON.stringify(name)} must be a string or a Uint8Array; it is ${describeType(content)}`,
  );
}
