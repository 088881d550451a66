/** A valid zstd frame of raw blocks. It is made without a compressor, because not every version of Node has one. */
export function zstdOf(bytes: Buffer): Buffer {
  const frame = Buffer.alloc(9);
  frame.writeUInt32LE(0xfd2fb528, 0);
  // One segment, its size in four bytes, no checksum.
  frame.writeUInt8(0xa0, 4);
  frame.writeUInt32LE(bytes.byteLength, 5);
  const pieces: Buffer[] = [frame];
  const largest = 128 * 1024;
  for (let at = 0; at === 0 || at < bytes.byteLength; at += largest) {
    const block = bytes.subarray(at, at + largest);
    const header = Buffer.alloc(3);
    const last = at + largest >= bytes.byteLength ? 1 : 0;
    header.writeUIntLE(block.byteLength * 8 + last, 0, 3);
    pieces.push(header, block);
  }
  return Buffer.concat(pieces);
}

/** A zstd frame of zeros, which is as small as the format allows: each block says how often its one byte is repeated. */
export function zstdOfZeros(size: number): Buffer {
  const largest = 128 * 1024;
  // A window of one mebibyte, no size, no checksum.
  const pieces: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 10 << 3])];
  for (let left = size; left > 0; left -= largest) {
    const block = Buffer.alloc(4);
    block.writeUIntLE(Math.min(left, largest) * 8 + 2 + (left <= largest ? 1 : 0), 0, 3);
    pieces.push(block);
  }
  return Buffer.concat(pieces);
}
