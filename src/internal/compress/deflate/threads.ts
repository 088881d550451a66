import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { crc32 } from 'node:zlib';

import type { DeflateMemory } from './memory.js';
import { DEFLATE_WORKER, type Outcome, type Task } from './worker.js';

/**
 * Threads beside the main one. The main thread hashes the input and the output, and deflates too when the threads have
 * enough work. Each thread takes 9 MiB of memory.
 */
const THREADS = Math.min(Math.max(availableParallelism() - 1, 1), 2);

/** Tasks that wait for a thread, so that it has one when it has finished another. */
const ENOUGH = 2;

/** Tasks that the main thread does before it starts threads, because starting them takes longer. */
const ALONE = 4;

/** As many tasks at a time keep all threads busy. */
export const TASKS_IN_FLIGHT = THREADS + 2;

/** Milliseconds without work after which the threads end. */
const IDLE_MS = 1000;

/** The heap of a thread, in MiB: it creates one small array for each block. */
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 1 };

/** Threads that deflate. */
export interface DeflateThreads {
  /** Runs a task on some thread. */
  run(task: Task): Promise<Outcome>;
}

interface WaitingTask {
  readonly task: Task;
  readonly resolve: (outcome: Outcome | Promise<Outcome>) => void;
}

interface Thread {
  readonly worker: Worker;
  ready: boolean;
  /** Tasks that were sent to the thread and are not finished, in their order. */
  readonly waiting: WaitingTask[];
}

/**
 * Threads for the tasks in one memory. They start when there is enough work, and do not keep an otherwise idle process
 * alive. After a while without work they end, and `onIdle` is called. If threads cannot be started, or one fails, the
 * main thread does their work, between other events.
 */
export function deflateThreads(memory: DeflateMemory, onIdle: () => void): DeflateThreads {
  return new ThreadPool(memory, onIdle);
}

class ThreadPool implements DeflateThreads {
  readonly #memory: DeflateMemory;
  readonly #onIdle: () => void;
  readonly #threads = new Set<Thread>();
  /** Tasks for which no thread was ready. */
  #alone = 0;
  /** Whether the main thread has a task. */
  #busy = false;
  /** Whether threads cannot be started, or one has failed. */
  #refused = false;
  /** Address of the main thread's working memory. */
  #ownWork: number | undefined;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(memory: DeflateMemory, onIdle: () => void) {
    this.#memory = memory;
    this.#onIdle = onIdle;
  }

  // Not async: the task is taken, or sent to a thread, before the call returns.
  run(task: Task): Promise<Outcome> {
    const thread = this.#leastBusy();
    if (thread === undefined) {
      this.#alone += 1;
      if (this.#alone > ALONE && !this.#refused && this.#threads.size === 0) this.#start();
      this.#restartIdleTimer();
    }
    if (thread === undefined || (thread.waiting.length >= ENOUGH && !this.#busy)) return this.#runHere(task);
    const { worker, waiting } = thread;
    return new Promise((resolve) => {
      waiting.push({ task, resolve });
      worker.ref();
      worker.postMessage(task);
    });
  }

  async #runHere(task: Task): Promise<Outcome> {
    this.#busy = true;
    await setImmediate();
    this.#busy = false;
    this.#ownWork ??= this.#memory.work();
    const [input, , size] = task;
    return [this.#memory.deflate(this.#ownWork, ...task), crc32(this.#memory.view(input, size))];
  }

  #start(): void {
    try {
      while (this.#threads.size < THREADS) this.#startOne();
    } catch {
      // Node's permissions or the system do not allow threads.
      this.#refused = true;
    }
  }

  #startOne(): void {
    const { code, memory } = this.#memory;
    const worker = new Worker(DEFLATE_WORKER, {
      eval: true,
      name: 'deflate',
      workerData: { code, memory, work: this.#memory.work() },
      // Modules that a program preloads into its threads are of no use here.
      execArgv: [],
      resourceLimits: LIMITS,
    });
    const thread: Thread = { worker, ready: false, waiting: [] };
    this.#threads.add(thread);
    worker
      .on('online', () => {
        thread.ready = true;
      })
      .on('message', (outcome: Outcome) => {
        thread.waiting.shift()?.resolve(outcome);
        if (thread.waiting.length === 0) worker.unref();
        this.#restartIdleTimer();
      })
      .on('error', () => {
        // The exit follows.
      })
      .on('exit', () => {
        // A thread that the pool ended is no longer in the set.
        if (this.#threads.delete(thread)) this.#refused = true;
        for (const { task, resolve } of thread.waiting) resolve(this.#runHere(task));
      });
    // This comes last, because a listener for messages keeps the process alive.
    worker.unref();
  }

  #restartIdleTimer(): void {
    this.#idleTimer ??= setTimeout(() => {
      this.#end();
    }, IDLE_MS).unref();
    this.#idleTimer.refresh();
  }

  #end(): void {
    for (const thread of this.#threads) {
      if (thread.waiting.length > 0) return;
    }
    for (const { worker } of this.#threads) void worker.terminate();
    this.#threads.clear();
    this.#alone = 0;
    this.#onIdle();
  }

  #leastBusy(): Thread | undefined {
    let best: Thread | undefined;
    for (const thread of this.#threads) {
      if (thread.ready && thread.waiting.length < (best?.waiting.length ?? Infinity)) best = thread;
    }
    return best;
  }
}
