import { Readable } from 'node:stream';
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { loadContents } from '../../src/tree/layers/load-contents.js';
import { TarContents } from '../../src/tree/layers/tar-contents.js';
import type { Content } from '../../src/tree/nodes/node.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { spoolsIn } from './trees.js';

const temp = useTempDir();
const large = 'x'.repeat(200_000);
const tar = tarOf(['a', 'first'], ['b', large], ['c', ''], ['d', 'last']);

/** The contents of a tar, and how often it was opened. */
function contentsOf(bytes: Buffer): { readonly contents: TarContents; readonly opened: () => number } {
  let opened = 0;
  const open = async (): Promise<Readable> => {
    opened += 1;
    return Readable.from([bytes], { objectMode: false });
  };
  return { contents: new TarContents(open, spoolsIn(temp.path())), opened: () => opened };
}

async function textOf(content: Content): Promise<string> {
  const opened = await content.open({});
  if (!(opened instanceof Readable)) return Buffer.from(opened).toString();
  return Buffer.concat((await opened.toArray()) as Buffer[]).toString();
}

describe('the contents of a tar', () => {
  it('are loaded in one pass, in any order, and read any number of times', async () => {
    const { contents, opened } = contentsOf(tar);
    const files = [
      contents.content(3, 4),
      contents.content(1, large.length),
      contents.content(0, 5),
    ] as const;
    await loadContents(files, {});
    await loadContents(files, {});
    expect(await Promise.all(files.map(textOf))).toEqual(['last', large, 'first']);
    expect(await textOf(files[1])).toBe(large);
    expect(opened()).toBe(1);
  });

  it('are read again only for those that are not loaded', async () => {
    const { contents, opened } = contentsOf(tar);
    await contents.load([contents.content(0, 5)], {});
    await contents.load([contents.content(0, 5), contents.content(2, 0)], {});
    expect(opened()).toBe(2);
    expect(await textOf(contents.content(2, 0))).toBe('');
    await expect(textOf(contents.content(3, 4))).rejects.toThrow('not loaded');
  });

  it('are loaded once, however many ask for them', async () => {
    const { contents, opened } = contentsOf(tar);
    await Promise.all(
      Array.from({ length: 8 }, async () => contents.load([contents.content(1, large.length)], {})),
    );
    expect(opened()).toBe(1);
  });

  it('can be loaded after a pass that failed', async () => {
    let attempts = 0;
    const open = async (): Promise<Readable> => {
      attempts += 1;
      return Readable.from([attempts === 1 ? tar.subarray(0, 515) : tar], { objectMode: false });
    };
    const contents = new TarContents(open, spoolsIn(temp.path()));
    const file = contents.content(3, 4);
    await expect(contents.load([file], {})).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' });
    await contents.load([file], {});
    expect(await textOf(file)).toBe('last');
  });

  it('fail if the tar has changed, so that an entry is missing', async () => {
    const { contents } = contentsOf(tar);
    const file = contents.content(9, 4);
    await expect(contents.load([file], {})).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
  });

  it('are those of their own tar', async () => {
    const [one, other] = [contentsOf(tar), contentsOf(tarOf(['a', 'other']))];
    const files = [one.contents.content(0, 5), other.contents.content(0, 5)];
    await one.contents.load(files, {});
    expect(other.opened()).toBe(0);
    await loadContents(files, {});
    expect(await Promise.all(files.map(textOf))).toEqual(['first', 'other']);
  });

  it('leave no file with a name', async () => {
    const { contents } = contentsOf(tarOf(['a', 'x'.repeat(5 * 1024 * 1024)]));
    await contents.load([contents.content(0, 5 * 1024 * 1024)], {});
    expect(await readdir(temp.path())).toEqual([]);
  });

  it('can be aborted', async () => {
    const { contents } = contentsOf(tar);
    const reason = new Error('stop');
    const loading = contents.load([contents.content(0, 5)], { signal: AbortSignal.abort(reason) });
    await expect(loading).rejects.toBe(reason);
  });
});
