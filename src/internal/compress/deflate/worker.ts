/** What a thread is told to deflate: addresses and sizes in the shared memory. */
export type Task = readonly [input: number, dictionary: number, size: number, output: number, last: 0 | 1];

/** Bytes written, and the CRC-32 of the input. */
export type Outcome = readonly [written: number, crc: number];

/**
 * The program of a thread. A text, so that it is there wherever this module is: bundlers would have to be told
 * about a file. It touches nothing but the memory that it is given.
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
