import { Readable } from 'node:stream';
import type { AbortOptions } from '../../internal/async/abort.js';
import { collect, type CollectOptions } from '../../internal/streams/collect.js';
import type { Content, ContentArchive } from '../nodes/node.js';

/** Loads all contents that are in archives, each archive in one pass. */
export async function loadContents(contents: Iterable<Content>, options: AbortOptions): Promise<void> {
  const byArchive = new Map<ContentArchive, Content[]>();
  for (const content of contents) {
    if (content.archive === undefined) continue;
    const list = byArchive.get(content.archive) ?? [];
    byArchive.set(content.archive, list);
    list.push(content);
  }
  for (const [archive, list] of byArchive) await archive.load(list, options);
}

/** Reads a content to its end, and loads it before if that is necessary. */
export async function readContent(
  content: Content,
  options: CollectOptions & AbortOptions,
): Promise<Uint8Array> {
  await loadContents([content], options);
  const opened = await content.open(options);
  return opened instanceof Readable ? collect(opened, options) : opened;
}
