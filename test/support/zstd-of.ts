/** A zstd frame of raw blocks: whole and valid, and made without a compressor, which not every runtime has. */
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
