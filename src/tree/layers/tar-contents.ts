import type { Readable } from 'node:stream';
import { SourceChangedError } from '../../errors/source-changed.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { type Spool, spoolWriter } from '../../internal/files/spool.js';
import { readTar, type TarEntry } from '../../internal/tar/reader.js';
import type { Content, ContentArchive } from '../nodes/node.js';
import { storedContent } from './stored-content.js';

/** A directory for temporary files. */
export interface SpoolDirectory {
  readonly path: string;
  /** Keeps an open file until the directory is removed. */
  keep<T extends { close(): Promise<void> }>(spool: T): T;
}

/**
 * The contents of the files in a tar that can only be read from its start, such as a layer.
 *
 * Only the files that are needed are kept: in a temporary file without a name.
 */
export class TarContents implements ContentArchive {
  readonly #open: (options: AbortOptions) => Promise<Readable>;
  readonly #spools: SpoolDirectory;
  readonly #loaded = new Map<number, { readonly spool: Spool; readonly start: number }>();
  #loading: Promise<void> = Promise.resolve();

  /** `spools` is where the temporary files are. `open` gives the same plain tar each time. */
  constructor(open: (options: AbortOptions) => Promise<Readable>, spools: SpoolDirectory) {
    this.#open = open;
    this.#spools = spools;
  }

  /** The content of the entry with this position among all entries of the tar. */
  content(entry: number, size: number): Content {
    return new EntryContent(this, entry, size);
  }

  async load(contents: Iterable<Content>, { signal }: AbortOptions): Promise<void> {
    const wanted = [...contents];
    // One pass at a time, so that a content is loaded once.
    const run = this.#loading.then(async () => this.#pass(wanted, { signal }));
    this.#loading = run.catch(() => undefined);
    await run;
  }

  async #pass(contents: readonly Content[], { signal }: AbortOptions): Promise<void> {
    const missing = new Set<number>();
    for (const content of contents) {
      if (content instanceof EntryContent && content.archive === this && !this.#loaded.has(content.entry))
        missing.add(content.entry);
    }
    if (missing.size === 0) return;
    const writer = spoolWriter({ dir: this.#spools.path, signal });
    try {
      const starts = new Map<number, number>();
      let position = 0;
      for await (const entry of readTar(await this.#open({ signal }), { signal })) {
        const wanted = missing.delete(position);
        if (wanted) starts.set(position, await append(writer, entry));
        position += 1;
        if (missing.size === 0) break;
      }
      if (missing.size > 0) throw new SourceChangedError('an archive', 'it has fewer entries');
      const spool = this.#spools.keep(await writer.finish());
      for (const [entry, start] of starts) this.#loaded.set(entry, { spool, start });
    } catch (error) {
      await writer.discard();
      throw error;
    }
  }

  async read({ entry, size }: EntryContent, { signal }: AbortOptions): Promise<Uint8Array | Readable> {
    const found = this.#loaded.get(entry);
    if (found === undefined) throw new Error('the content of the archive is not loaded');
    const { spool, start } = found;
    return storedContent(spool, { offset: start, size }).open({ signal });
  }
}

class EntryContent implements Content {
  readonly archive: TarContents;
  readonly entry: number;
  readonly size: number;

  constructor(archive: TarContents, entry: number, size: number) {
    this.archive = archive;
    this.entry = entry;
    this.size = size;
  }

  async open(options: AbortOptions): Promise<Uint8Array | Readable> {
    return this.archive.read(this, options);
  }
}

async function append(writer: ReturnType<typeof spoolWriter>, entry: TarEntry): Promise<number> {
  const start = writer.size;
  // A piece may be reused by the reader, so it is copied.
  await entry.pieces((piece) => writer.write(Buffer.from(piece)));
  return start;
}
