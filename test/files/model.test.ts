import { describe, expect, it } from '@jest/globals';
import { isContainerError } from '../../src/errors/base.js';
import * as files from '../../src/files/index.js';
import type { Image } from '../../src/v1/image.js';
import type { LayerEntry } from '../support/archives/layer-tar.js';
import { allPaths, fileOf, type ModelNode, overlay } from '../support/archives/overlay-model.js';
import { layeredImage } from '../support/images/layered-image.js';
import { recordingImage } from '../support/images/recording-image.js';
import { fc } from '../support/tools/fast-check.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { randomLayers, withoutReplaced } from './random-layers.js';

const RUNS = Number(process.env.MODEL_RUNS ?? 300);

/** Path, type, mode, owner and time of each path that an entry names; undefined if a hard link is dangling. */
function expected(layers: readonly (readonly LayerEntry[])[]): readonly string[] | undefined {
  const found = allPaths(overlay(layers));
  const lines: string[] = [];
  for (const [path, node] of found) {
    const entry = node.kind === 'file' ? fileOf(node)?.entry : node.entry;
    if (entry === undefined) return undefined;
    const { type = 'file', mode, uid, mtime = 0, body = '' } = entry;
    if (path !== '.') lines.push(JSON.stringify([`/${path}`, type, mode, uid, mtime, body.length]));
  }
  return lines.sort();
}

async function listed(image: Image, options: files.FilesOptions = {}): Promise<files.FileEntry[]> {
  const entries: files.FileEntry[] = [];
  for await (const entry of files.list(image, options)) entries.push(entry);
  return entries;
}

function line({ path, type, mode, uid, modified, size }: files.FileEntry): string {
  return JSON.stringify([path, type, mode, uid, modified.getTime() / 1000, size]);
}

const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

function fileNodes(layers: readonly (readonly LayerEntry[])[]): [string, ModelNode][] {
  return [...allPaths(overlay(layers))].filter(([, node]) => node.kind === 'file');
}

describe('the merged files of random layers', () => {
  const directory = useTempDir();
  let runs = 0;

  it('are those of a simple model', async () => {
    await fc.assert(
      fc.asyncProperty(randomLayers, async (layers) => {
        const image = await layeredImage(layers);
        const model = expected(layers);
        if (model === undefined) {
          expect(isContainerError(await failure(listed(image)))).toBe(true);
          return;
        }
        const entries = await listed(image);
        const named = new Set([...allPaths(overlay(layers)).keys()].map((path) => `/${path}`));
        // The list also has directories that only exist because something is below them.
        expect(
          entries
            .filter(({ path }) => named.has(path))
            .map(line)
            .sort(),
        ).toEqual(model);
        expect(
          entries
            .filter(({ path, type }) => !named.has(path) && type !== 'directory')
            .map(({ path }) => path),
        ).toEqual([]);
        expect(entries.map(({ path }) => path)).toEqual([...new Set(entries.map(({ path }) => path))]);
      }),
      { numRuns: RUNS },
    );
  });

  it('are read with the content of the model, and no layer is opened twice without a hard link', async () => {
    await fc.assert(
      fc.asyncProperty(randomLayers.map(withoutReplaced), async (layers) => {
        for (const [path, node] of fileNodes(layers)) {
          const entry = node.kind === 'file' ? fileOf(node)?.entry : undefined;
          const { image, counts, opened } = await recordingImage(await layeredImage(layers));
          const result = files.readText(image, `/${path}`, { verify: false });
          if (entry === undefined || (entry.type !== 'file' && entry.type !== undefined)) {
            expect(isContainerError(await failure(result))).toBe(true);
          } else {
            expect(await result).toBe(entry.body ?? '');
            if (node.kind === 'file' && node.linkTarget === undefined)
              expect(Math.max(...counts)).toBeLessThanOrEqual(1);
          }
          expect(opened.every(({ destroyed }) => destroyed)).toBe(true);
        }
      }),
      { numRuns: RUNS / 3 },
    );
  });

  it('are the same from the index of an earlier read', async () => {
    await fc.assert(
      fc.asyncProperty(randomLayers, async (layers) => {
        if (expected(layers) === undefined) return;
        const image = await layeredImage(layers);
        runs += 1;
        const cacheDirectory = directory.path(String(runs));
        const first = await listed(image, { cacheDirectory });
        const { image: recorded, counts } = await recordingImage(image);
        expect(await listed(recorded, { cacheDirectory })).toEqual(first);
        expect(Math.max(0, ...counts)).toBe(0);
        for (const { path, type } of first) {
          if (type !== 'file') continue;
          const text = await files.readText(image, path, { cacheDirectory });
          expect(text).toBe(await files.readText(image, path));
        }
      }),
      { numRuns: RUNS / 10 },
    );
  });
});
