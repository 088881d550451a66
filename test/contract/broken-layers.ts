import { ArchiveInvalidError } from '../../src/errors/invalid/archive.js';
import { DigestMismatchError, SizeMismatchError } from '../../src/errors/invalid/mismatch.js';
import type { Layer } from '../../src/v1/layer.js';
import type { Readable } from 'node:stream';
import { chunked, failing } from '../support/archives/chunked.js';
import { readAll } from '../support/tools/read-all.js';

/** What a source of a layer may do wrong. A sink that writes the layer has to fail with this error, or one of these. */
export interface Fault {
  readonly title: string;
  readonly expected: Error | readonly (new (...args: never[]) => Error)[];
  readonly change: (layer: Layer) => Partial<Layer>;
}

const broken = new ArchiveInvalidError('the source broke');
const wrong = [DigestMismatchError, SizeMismatchError] as const;

/** Exchanges the bytes of a layer, compressed and uncompressed, but not its digests and sizes. */
const withBytes =
  (change: (bytes: Buffer) => Readable) =>
  (layer: Layer): Partial<Layer> => ({
    compressed: async (options) => change(await readAll(await layer.compressed(options))),
    uncompressed: async (options) => change(await readAll(await layer.uncompressed(options))),
  });

export const faults: readonly Fault[] = [
  {
    title: 'cannot be opened',
    expected: broken,
    change: () => ({
      compressed: async () => Promise.reject(broken),
      uncompressed: async () => Promise.reject(broken),
    }),
  },
  {
    title: 'breaks before its first byte',
    expected: broken,
    change: withBytes(() => failing(Buffer.alloc(0), broken)),
  },
  {
    title: 'breaks in the middle',
    expected: broken,
    change: withBytes((bytes) => failing(bytes.subarray(0, bytes.byteLength / 2), broken)),
  },
  {
    title: 'breaks at its end',
    expected: broken,
    change: withBytes((bytes) => failing(bytes, broken)),
  },
  {
    title: 'ends too early',
    expected: wrong,
    change: withBytes((bytes) => chunked(bytes.subarray(0, -1))),
  },
  {
    title: 'is empty',
    expected: wrong,
    change: withBytes(() => chunked(Buffer.alloc(0))),
  },
  {
    title: 'has more bytes than its size',
    expected: wrong,
    change: withBytes((bytes) => chunked(Buffer.concat([bytes, Buffer.alloc(1)]))),
  },
  {
    title: 'has other bytes of the same number',
    expected: wrong,
    change: withBytes((bytes) => {
      const other = Buffer.from(bytes);
      other.writeUInt8(other.readUInt8(other.byteLength - 1) ^ 1, other.byteLength - 1);
      return chunked(other);
    }),
  },
];
