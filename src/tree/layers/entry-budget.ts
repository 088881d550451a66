import { LimitExceededError } from '../../errors/limit-exceeded.js';
import type { TarHeader } from '../../internal/tar/format/header.js';

const MAX_ENTRIES = 1_000_000;
const MAX_BYTES = 256 * 1024 * 1024;

/** Bounds the memory for the headers of a tar, of which a compressed megabyte can hold millions. */
export class EntryBudget {
  readonly #subject: string;
  #entries = 0;
  #bytes = 0;

  /** `subject` is the kind of tar, for messages. */
  constructor(subject: string) {
    this.#subject = subject;
  }

  /** @throws LimitExceededError if the entries are too many, or their names and attributes are too long */
  add({ name, linkName, pax }: Pick<TarHeader, 'name' | 'linkName' | 'pax'>): void {
    this.#entries += 1;
    if (this.#entries > MAX_ENTRIES)
      throw new LimitExceededError(`${this.#subject}: the number of entries`, MAX_ENTRIES);
    this.#bytes += name.length + linkName.length;
    for (const key of Object.keys(pax)) this.#bytes += key.length + (pax[key]?.length ?? 0);
    if (this.#bytes > MAX_BYTES)
      throw new LimitExceededError(`${this.#subject}: the size of all names and attributes`, MAX_BYTES);
  }
}
