import { UnsupportedError } from '../../../errors/unsupported.js';
import { BLOCK_SIZE, WINDOW_SIZE } from './block.js';
import { DEFLATE_WASM } from './wasm.js';

/** Addresses of a block in the shared memory. */
export interface BlockSlot {
  /** Address of the input. The dictionary lies right before it. */
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
  /**
   * The compiled module; another thread needs it and `memory` for an instance of its own. Both can be sent to a
   * thread.
   */
  readonly code: object;
  readonly memory: SharedMemory;
  readonly deflate: Deflate;
  /** Allocates working memory for one thread; returns its address. */
  work(): number;
  /** Returns memory for one block, recycled or new. */
  take(): BlockSlot;
  giveBack(slot: BlockSlot): void;
  /** A view of bytes at an address. It stays valid when the memory grows. */
  view(address: number, size: number): Buffer;
}

export interface SharedMemory {
  readonly buffer: SharedArrayBuffer;
  grow(pages: number): number;
}

/** The used part of a global that Node's types lack. */
interface WebAssembly {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (options: { initial: number; maximum: number; shared: true }) => SharedMemory;
  readonly Instance: new (
    code: object,
    imports: { env: { memory: SharedMemory } },
  ) => { readonly exports: { readonly deflate: Deflate; readonly workSize: { readonly value: number } } };
}

const PAGE = 64 * 1024;

/**
 * The limit of the memory, which grows only as blocks need it. It is enough for more blocks than could ever be in
 * progress.
 */
const MAX_PAGES = 16 * 1024;

/** The most room that deflate may need: incompressible bytes, and a little more for each 64 KiB. */
const OUTPUT_SIZE = BLOCK_SIZE + WINDOW_SIZE;

/** @throws UnsupportedError if Node runs without WebAssembly. */
export function deflateMemory(): DeflateMemory {
  const { WebAssembly } = globalThis as { WebAssembly?: WebAssembly };
  if (WebAssembly === undefined) {
    throw new UnsupportedError('gzip: this Node runs without WebAssembly', {
      hint: 'start it without --jitless, or choose a compression level other than 1',
    });
  }
  const code = new WebAssembly.Module(Buffer.from(DEFLATE_WASM, 'base64'));
  // The first page stays unused, because deflate needs memory before its input.
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
