import { Readable } from 'node:stream';

/** A stream of bytes in chunks of these sizes, which are repeated until the end. */
export function chunked(bytes: Uint8Array, sizes: readonly number[] = [64 * 1024]): Readable {
  function* chunks(): Generator<Buffer> {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let start = 0, turn = 0; start < buffer.byteLength; turn += 1) {
      const end = start + (sizes[turn % sizes.length] ?? buffer.byteLength);
      yield buffer.subarray(start, end);
      start = end;
    }
  }
  return Readable.from(chunks(), { objectMode: false });
}

/** A stream that gives these bytes and never ends. */
export function stalled(bytes: Uint8Array = Buffer.alloc(0)): Readable {
  let given = bytes.byteLength === 0;
  return new Readable({
    read() {
      if (given) return;
      given = true;
      this.push(bytes);
    },
  });
}

/** A stream that gives these bytes and then fails. */
export function failing(bytes: Uint8Array, error: Error): Readable {
  let given = false;
  return new Readable({
    read() {
      if (given) {
        this.destroy(error);
        return;
      }
      given = true;
      this.push(bytes);
    },
  });
}
