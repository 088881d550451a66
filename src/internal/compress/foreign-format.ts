/** A file format that this package does not read. */
export interface ForeignFormat {
  readonly name: string;
  /**
   * A command that writes the decompressed content of `FILE` to standard output; undefined for archive formats
   * other than tar.
   */
  readonly unpack: string | undefined;
}

interface Magic extends ForeignFormat {
  readonly bytes: readonly number[];
}

const text = (magic: string): readonly number[] => [...Buffer.from(magic, 'latin1')];

const formats: readonly Magic[] = [
  { name: 'xz', bytes: [0xfd, ...text('7zXZ'), 0], unpack: 'xz -dc FILE' },
  { name: 'bzip2', bytes: text('BZh'), unpack: 'bzip2 -dc FILE' },
  { name: 'lzip', bytes: text('LZIP'), unpack: 'lzip -dc FILE' },
  { name: 'LZ4', bytes: [0x04, 0x22, 0x4d, 0x18], unpack: 'lz4 -dc FILE' },
  { name: 'LZMA', bytes: [0x5d, 0, 0], unpack: 'xz --format=lzma -dc FILE' },
  { name: 'lzop', bytes: [0x89, ...text('LZO'), 0], unpack: 'lzop -dc FILE' },
  { name: 'compress', bytes: [0x1f, 0x9d], unpack: 'gzip -dc FILE' },
  { name: 'zip', bytes: text('PK\x03\x04'), unpack: undefined },
  { name: 'zip', bytes: text('PK\x05\x06'), unpack: undefined },
  { name: '7z', bytes: [...text('7z'), 0xbc, 0xaf, 0x27, 0x1c], unpack: undefined },
  { name: 'RAR', bytes: text('Rar!\x1a\x07'), unpack: undefined },
];

/** The most bytes that {@link foreignFormat} needs. */
export const FORMAT_BYTES = 8;

/**
 * Detects a foreign format from the first bytes of a file. A tar begins with the name of a file, and so may begin
 * with any of these bytes: call this only if the file is not a tar.
 */
export function foreignFormat(head: Uint8Array): ForeignFormat | undefined {
  return formats.find(({ bytes }) => bytes.every((byte, at) => head[at] === byte));
}
