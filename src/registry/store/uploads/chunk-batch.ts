/** Smaller chunks are copied into blocks: HTTP allows chunks of one byte, and an object for each costs a hundred times as much. */
const SMALL_BYTES = 8 * 1024;
const BLOCK_BYTES = 64 * 1024;

/** Collects chunks as they arrive. Its memory stays proportional to their bytes, even if they are very small. */
export class ChunkBatch {
  #chunks: Uint8Array[] = [];
  #block: Buffer | undefined;
  #filled = 0;
  #bytes = 0;

  /** The number of bytes added since the last {@link take}. */
  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    if (chunk.byteLength >= SMALL_BYTES) {
      this.#endBlock();
      this.#chunks.push(chunk);
      return;
    }
    if (this.#filled + chunk.byteLength > BLOCK_BYTES) this.#endBlock();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#block.set(chunk, this.#filled);
    this.#filled += chunk.byteLength;
  }

  /** Returns the chunks, which the caller owns, and starts an empty batch. */
  take(): Uint8Array[] {
    this.#endBlock();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#bytes = 0;
    return chunks;
  }

  #endBlock(): void {
    if (this.#block === undefined || this.#filled === 0) return;
    const used = this.#block.subarray(0, this.#filled);
    // A small part is copied, so that it does not keep a full block in memory.
    if (this.#filled > BLOCK_BYTES / 2) {
      this.#chunks.push(used);
      this.#block = undefined;
    } else {
      this.#chunks.push(Buffer.from(used));
    }
    this.#filled = 0;
  }
}
