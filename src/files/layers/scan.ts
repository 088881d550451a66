import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { SourceChangedError } from '../../errors/source-changed.js';
import type { AbortOptions } from '../../internal/async/abort.js';
import { eventLoopDue } from '../../internal/async/event-loop.js';
import { generated } from '../../internal/streams/generated.js';
import { lazyStream } from '../../internal/streams/lazy-stream.js';
import { hasBody } from '../../internal/tar/format/header.js';
import { readTar, type TarEntry } from '../../internal/tar/reader.js';
import { archivePath } from '../../mutate/merge/archive-path.js';
import { layerError } from '../../mutate/layers/layer-error.js';
import { verified } from '../../internal/streams/verify.js';
import type { EntryBudget } from '../../tree/layers/entry-budget.js';
import type { LayerFile } from '../entries/layer-file.js';
import type { LayerTree } from '../entries/layer-tree.js';
import type { CopiedLayer } from './copied-layer.js';
import type { LoadedLayer } from './loaded-layer.js';
import type { SourceLayer } from './source-layer.js';

export interface ScanOptions extends AbortOptions {
  readonly budget: EntryBudget;
  /** Computes the digest of each regular file. */
  readonly hashes: boolean;
  /** Receives every entry, also the markers, for an index. */
  readonly onEntry?: ((file: LayerFile) => void) | undefined;
}

/** Reads the tar of a layer entry by entry. The layer is usable before its last entry was read. */
export class LayerScan implements LoadedLayer {
  readonly source: SourceLayer;
  readonly tree: LayerTree;
  isComplete = false;
  readonly #copied: CopiedLayer;
  readonly #options: ScanOptions;
  #iterator: AsyncIterator<TarEntry> | undefined;
  /** The entry that was read last: its body is still available. */
  #current: { readonly file: LayerFile; readonly entry: TarEntry } | undefined;
  #count = 0;

  constructor(source: SourceLayer, tree: LayerTree, copied: CopiedLayer, options: ScanOptions) {
    this.source = source;
    this.tree = tree;
    this.#copied = copied;
    this.#options = options;
  }

  /** Reads the next entry and adds it to the tree; undefined after the last one, when the layer is complete. */
  async next(): Promise<LayerFile | undefined> {
    const { budget, hashes, onEntry, signal } = this.#options;
    this.#current = undefined;
    try {
      const tar = (this.#iterator ??= readTar(await this.#copied.open(), { signal })[Symbol.asyncIterator]());
      const next = await tar.next();
      if (next.done === true) {
        this.tree.finish();
        this.isComplete = true;
        return undefined;
      }
      const { value } = next;
      const { header, offset, parts } = value;
      budget.add(header);
      const path = archivePath(header.name);
      const digest = hashes && hasBody(header.type) ? await digestOf(value) : undefined;
      const file = { path, header, number: this.#count, offset, parts, digest };
      this.#count += 1;
      if (digest === undefined) this.#current = { file, entry: value };
      this.tree.add(file);
      onEntry?.(file);
      return file;
    } catch (error) {
      const { layer, index } = this.source;
      throw await layerError(error, layer, index, { signal });
    }
  }

  /** Whether the stored layer is known to be a plain tar. */
  get isPlain(): boolean {
    return this.#copied.isPlain === true;
  }

  /** Reads all entries. */
  async readAll(): Promise<void> {
    while ((await this.next()) !== undefined) {
      const due = eventLoopDue();
      if (due !== undefined) await due;
    }
  }

  async open(file: LayerFile, options: AbortOptions): Promise<Readable> {
    const current = this.#current;
    if (current?.file === file) {
      const iterator = this.#iterator;
      // The stream is the only reader of the layer from here on. It ends the download after the file.
      return generated(current.entry.body, async function* () {
        try {
          for await (const chunk of current.entry.body as AsyncIterable<Buffer>) yield chunk;
        } finally {
          await iterator?.return?.();
        }
      });
    }
    await this.#iterator?.return?.();
    return openEntry(async () => this.#copied.openAgain(), file, options);
  }

  /** Ends the download, unless a stream still reads the last entry. */
  async end(): Promise<void> {
    await this.#iterator?.return?.();
  }

  async close(): Promise<void> {
    await this.#copied.close();
  }
}

async function digestOf(entry: TarEntry): Promise<string> {
  const hash = createHash('sha256');
  await entry.pieces((piece) => {
    hash.update(piece);
    return undefined;
  });
  return `sha256:${hash.digest('hex')}`;
}

/**
 * The content of one entry of a tar that is read from its start. The stream ends the reading after the entry. A content whose
 * digest is known is checked.
 *
 * @throws SourceChangedError through the stream, if the entry has another name
 */
export function openEntry(
  open: () => Promise<Readable>,
  file: LayerFile,
  { signal }: AbortOptions,
): Readable {
  const content = lazyStream(async () => {
    const source = await open();
    return generated(source, async function* () {
      yield* entryBytes(source, file, { signal });
    });
  });
  return checkedContent(content, file);
}

async function* entryBytes(
  source: Readable,
  { number, path }: LayerFile,
  options: AbortOptions,
): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const entry of readTar(source, options)) {
    if (count === number) {
      if (archivePath(entry.header.name) !== path) break;
      for await (const chunk of entry.body as AsyncIterable<Buffer>) yield chunk;
      return;
    }
    count += 1;
  }
  throw new SourceChangedError('layer', `the entry ${JSON.stringify(path)} is not where it was`);
}

/** Checks a content against the digest and the size that are recorded for the file. */
export function checkedContent(content: Readable, { digest, header, path }: LayerFile): Readable {
  if (digest === undefined) return content;
  return verified(content, { digest, size: header.size, subject: `file /${path}` });
}
