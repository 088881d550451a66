import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';

import type { DeflateMemory } from './memory.js';
import { DEFLATE_WORKER, type Outcome, type Task } from './worker.js';

/**
 * Threads beside the main one, which hashes what they take and give, and deflates too when they have enough to do.
 * Each takes 9 MiB of memory.
 */
const THREADS = Math.min(Math.max(availableParallelism() - 1, 1), 2);

/** Tasks that await a thread, so that it has one when it has done another. */
const ENOUGH = 2;

/** Tasks of the main thread before it starts others: they take longer to start. */
const ALONE = 4;

/** As many tasks at a time keep all threads busy. */
export const TASKS_IN_FLIGHT = THREADS + 2;

/** Milliseconds without work after which threads end. */
const IDLE = 1000;

/** A thread's heap, in MiB: it makes one small array for each block. */
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };

/** Threads that deflate. */
export interface DeflateThreads {
  /** Runs a task, on whatever thread. */
  run(task: Task): Promise<Outcome>;
}

interface Waiting {
  readonly task: Task;
  readonly resolve: (outcome: Outcome | Promise<Outcome>) => void;
}

interface Thread {
  readonly worker: Worker;
  ready: boolean;
  /** Tasks that it was sent and has not answered, in order. */
  readonly waiting: Waiting[];
}

/**
 * Threads for the tasks in one memory. They start when there is enough to do, keep no process alive that has nothing
 * else to do, and end when there is nothing to do for them; `onIdle` is told. Where no threads can be had, and if one
 * fails, the main thread does their work, between other events.
 */
export function deflateThreads(memory: DeflateMemory, onIdle: () => void): DeflateThreads {
  const threads = new Set<Thread>();
  let alone = 0;
  /** The main thread has a task. */
  let busy = false;
  let refused = false;
  let ownWork: number | undefined;
  let idle: NodeJS.Timeout | undefined;

  async function here(task: Task): Promise<Outcome> {
    busy = true;
    await setImmediate();
    busy = false;
    ownWork ??= memory.work();
    const [input, , size] = task;
    return [memory.deflate(ownWork, ...task), crc32(memory.view(input, size))];
  }

  function start(): void {
    try {
      while (threads.size < THREADS) startOne();
    } catch {
      // Not permitted, or not by this system.
      refused = true;
    }
  }

  function startOne(): void {
    const worker = new Worker(DEFLATE_WORKER, {
      eval: true,
      name: 'deflate',
      workerData: { code: memory.code, memory: memory.memory, work: memory.work() },
      // What a program loads into its own threads is of no use here.
      execArgv: [],
      resourceLimits: LIMITS,
    });
    const thread: Thread = { worker, ready: false, waiting: [] };
    threads.add(thread);
    worker
      .on('online', () => {
        thread.ready = true;
      })
      .on('message', (outcome: Outcome) => {
        thread.waiting.shift()?.resolve(outcome);
        if (thread.waiting.length === 0) worker.unref();
        rest();
      })
      .on('error', () => {
        // The exit follows.
      })
      .on('exit', () => {
        // One that was ended has left already.
        if (threads.delete(thread)) refused = true;
        for (const { task, resolve } of thread.waiting) resolve(here(task));
      });
    // Last: a listener for messages keeps the process alive.
    worker.unref();
  }

  function rest(): void {
    idle ??= setTimeout(end, IDLE).unref();
    idle.refresh();
  }

  function end(): void {
    for (const thread of threads) {
      if (thread.waiting.length > 0) return;
    }
    for (const { worker } of threads) void worker.terminate();
    threads.clear();
    alone = 0;
    onIdle();
  }

  function idlest(): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of threads) {
      if (thread.ready && thread.waiting.length < (best?.waiting.length ?? Infinity)) best = thread;
    }
    return best;
  }

  return {
    run(task) {
      const thread = idlest();
      if (thread === undefined) {
        alone += 1;
        if (alone > ALONE && !refused && threads.size === 0) start();
        rest();
      }
      if (thread === undefined || (thread.waiting.length >= ENOUGH && !busy)) return here(task);
      const { worker, waiting } = thread;
      return new Promise((resolve) => {
        waiting.push({ task, resolve });
        worker.ref();
        worker.postMessage(task);
      });
    },
  };
}
