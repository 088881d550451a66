import { UnsupportedError } from '../../../errors/unsupported.js';
import { BLOCK_SIZE, WINDOW_SIZE } from './block.js';
import { DEFLATE_WASM } from './wasm.js';

/** Where a block lies in the shared memory. */
export interface BlockSlot {
  /** Address of the input; the dictionary lies right before it. */
  readonly input: number;
  readonly output: number;
}

/** Deflates in the shared memory: see wasm/deflate.ts. */
export type Deflate = (
  work: number,
  input: number,
  dictionary: number,
  size: number,
  output: number,
  last: 0 | 1,
) => number;

/** One memory in which every thread can deflate every block. */
export interface DeflateMemory {
  /** What another thread needs to make an instance of its own: both can be sent. */
  readonly code: object;
  readonly memory: SharedMemory;
  readonly deflate: Deflate;
  /** Address of memory that one thread may work in. */
  work(): number;
  /** Memory for one block, used before or new. */
  take(): BlockSlot;
  giveBack(slot: BlockSlot): void;
  /** Bytes at an address. They stay valid, however the memory grows. */
  view(address: number, size: number): Buffer;
}

export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** What is used here of a global that the types of Node do not know. */
interface WebAssembly {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (options: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Instance: new (
    code: object,
    imports: { env: { memory: SharedMemory } },
  ) => { readonly exports: { readonly deflate: Deflate; readonly workSize: { readonly value: number } } };
}

const PAGE = 64 * 1024;

/** Taken only as blocks need it; enough for more of them than could ever be in work. */
const MAX_PAGES = 16 * 1024;

/** As much room as deflate may ask for: bytes that do not shrink, and a little for each 64 KiB. */
const OUTPUT_SIZE = BLOCK_SIZE + WINDOW_SIZE;

/** @throws UnsupportedError where Node runs without WebAssembly. */
export function deflateMemory(): DeflateMemory {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssembly };
  if (WebAssembly === undefined) {
    throw new UnsupportedError('gzip: this Node runs without WebAssembly', {
      hint: 'start it without --jitless, or choose a compression level other than 1',
    });
  }
  const code = new WebAssembly.Module(Buffer.from(DEFLATE_WASM, 'base64'));
  // The first page stays unused: deflate wants memory before its input.
  const memory = new WebAssembly.Memory({ initial: 1, maximum: MAX_PAGES, shared: true });
  const { deflate, workSize } = new WebAssembly.Instance(code, { env: { memory } }).exports;
  const free: BlockSlot[] = [];
  const grow = (size: number): number => memory.grow(Math.ceil(size / PAGE)) * PAGE;
  return {
    code,
    memory,
    deflate,
    work: () => grow(workSize.value),
    take() {
      const used = free.pop();
      if (used !== undefined) return used;
      const start = grow(WINDOW_SIZE + BLOCK_SIZE + OUTPUT_SIZE);
      return { input: start + WINDOW_SIZE, output: start + WINDOW_SIZE + BLOCK_SIZE };
    },
    giveBack(slot) {
      free.push(slot);
    },
    view: (address, size) => Buffer.from(memory.buffer, address, size),
  };
}
