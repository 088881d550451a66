import { fileHeader, TAR_TRAILER, tarPadding } from '../../src/internal/ustar-header.js';

/** A tar of regular files, in the order given; a path may occur more than once. */
export function tarOf(...files: readonly (readonly [path: string, content: string])[]): Buffer {
  const blocks = files.flatMap(([path, content]) => {
    const bytes = Buffer.from(content);
    return [fileHeader(path, bytes.byteLength), bytes, Buffer.alloc(tarPadding(bytes.byteLength))];
  });
  return Buffer.concat([...blocks, TAR_TRAILER]);
}
