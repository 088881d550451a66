/** A task for a thread: addresses and sizes in the shared memory. */
export type Task = readonly [input: number, dictionary: number, size: number, output: number, last: 0 | 1];

/** The number of bytes written, and the CRC-32 of the input. */
export type Outcome = readonly [written: number, crc: number];

/**
 * The program of a thread. It is a string, so that it exists wherever this module does: bundlers would need a rule
 * for a file. It uses nothing but the memory that it receives.
 */
export const DEFLATE_WORKER = `'use strict';
const { parentPort, workerData } = require('node:worker_threads');
const { crc32 } = require('node:zlib');
const { code, memory, work } = workerData;
const { deflate } = new WebAssembly.Instance(code, { env: { memory } }).exports;
parentPort.on('message', ([input, dictionary, size, output, last]) => {
  const written = deflate(work, input, dictionary, size, output, last);
  parentPort.postMessage([written, crc32(new Uint8Array(memory.buffer, input, size))]);
});
`;
