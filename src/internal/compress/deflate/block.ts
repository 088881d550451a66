/** Bytes of input in one block, which is deflated separately. Another size would give other output. */
export const BLOCK_SIZE = 256 * 1024;

/** How far back deflate can refer, in bytes. */
export const WINDOW_SIZE = 32 * 1024;

/** Memory for one block of input, and an encoder for it. */
export interface Block {
  /** Memory of {@link BLOCK_SIZE} bytes to write the input to. */
  readonly bytes: Buffer;
  /**
   * Deflates the first `size` bytes, which may refer back to `dictionary`. Every block except the last ends on a
   * byte boundary. The dictionary is read before the call returns. The block cannot be used again.
   */
  deflate(size: number, dictionary: Uint8Array, last: boolean): Promise<DeflatedBlock>;
  /** Frees the memory of a block that will not be deflated. */
  release(): void;
}

export interface DeflatedBlock {
  readonly bytes: Buffer;
  /** CRC-32 of the input. */
  readonly crc: number;
}
