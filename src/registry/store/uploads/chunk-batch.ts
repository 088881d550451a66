/** A smaller chunk is copied beside others: HTTP allows chunks of one byte, and an object for each costs a hundred times that. */
const SMALL_BYTES = 8 * 1024;
const BLOCK_BYTES = 64 * 1024;

/** Collects chunks as they arrive, in memory that stays in proportion to their bytes however small they are. */
export class ChunkBatch {
  #chunks: Uint8Array[] = [];
  #block: Buffer | undefined;
  #filled = 0;
  #bytes = 0;

  /** Bytes that were added since the last {@link take}. */
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

  /** Hands the chunks over and begins anew. */
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
    // Whoever keeps a few bytes must not keep a whole block for them.
    if (this.#filled > BLOCK_BYTES / 2) {
      this.#chunks.push(used);
      this.#block = undefined;
    } else {
      this.#chunks.push(Buffer.from(used));
    }
    this.#filled = 0;
  }
}
