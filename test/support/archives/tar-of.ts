import { encodeHeader } from '../../../src/internal/tar/format/encode.js';
import { paddingOf, TRAILER } from '../../../src/internal/tar/format/header.js';

/** A tar of regular files, in the order given; a path may occur more than once. */
export function tarOf(...files: readonly (readonly [path: string, content: string])[]): Buffer {
  const blocks = files.flatMap(([path, content]) => {
    const bytes = Buffer.from(content);
    return [
      encodeHeader({ name: path, size: bytes.byteLength }),
      bytes,
      Buffer.alloc(paddingOf(bytes.byteLength)),
    ];
  });
  return Buffer.concat([...blocks, TRAILER]);
}
