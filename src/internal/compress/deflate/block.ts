/** Bytes of input that are deflated by themselves. Part of the format of the output: another size gives other bytes. */
export const BLOCK_SIZE = 256 * 1024;

/** How far back deflate can refer. */
export const WINDOW_SIZE = 32 * 1024;

/** Memory for one block of input, and one way to deflate it. */
export interface Block {
  /** {@link BLOCK_SIZE} bytes to write to. */
  readonly bytes: Buffer;
  /**
   * Deflates the first `size` bytes, which may refer back to `dictionary`. What is not the last block ends on a
   * byte boundary. Reads the dictionary before it returns. The block is used up.
   */
  deflate(size: number, dictionary: Uint8Array, last: boolean): Promise<DeflatedBlock>;
  /** Gives the memory of a block back that is not deflated after all. */
  release(): void;
}

export interface DeflatedBlock {
  readonly bytes: Buffer;
  /** CRC-32 of the input. */
  readonly crc: number;
}
