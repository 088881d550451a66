/** Files written at the same time. Node's pool has four threads, and some jobs wait for others. */
const MAX_JOBS = 8;

/** Runs a few jobs at a time, each under its own key. */
export class Jobs {
  readonly #running = new Map<string, Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  has(key: string): boolean {
    return this.#running.has(key);
  }

  /** Starts a job when there is room for it. Fails with the failure of any earlier job. */
  async start(key: string, job: () => Promise<void>): Promise<void> {
    while (this.#running.size >= MAX_JOBS) await Promise.race(this.#running.values());
    this.#check();
    const run = async (): Promise<void> => {
      try {
        await job();
      } catch (error) {
        this.#failure ??= { error };
      } finally {
        this.#running.delete(key);
      }
    };
    this.#running.set(key, run());
  }

  /** Waits for all jobs; fails if one of them failed. */
  async idle(): Promise<void> {
    await this.settled();
    this.#check();
  }

  /** Waits for all jobs and ignores failures. */
  async settled(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
