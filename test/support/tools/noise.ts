/** Bytes that look random but are the same in every run. Every second block repeats, so that they can be compressed. */
export function noise(size: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(size);
  let state = seed >>> 0 || 1;
  for (let index = 0; index < size; index += 1) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[index] = (index >> 10) & 1 ? (index & 15) + 97 : state & 0xff;
  }
  return bytes;
}
