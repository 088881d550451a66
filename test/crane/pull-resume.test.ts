import { describe, expect, it } from '@jest/globals';
import { statSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pullTo, type PullToOptions, type SaveFormat } from '../../src/crane/pulling/pull-to.js';
import { partialFile } from '../../src/internal/resumable/partial-file.js';
import { fromPath } from '../../src/layout/from-path.js';
import { parseReference } from '../../src/name/parse-reference.js';
import { image as randomImage } from '../../src/random/image.js';
import { write } from '../../src/remote/push.js';
import { diagnosticsChannels } from '../../src/transport/wire/diagnostics.js';
import type { Image } from '../../src/v1/image.js';
import type { OnProgress } from '../../src/v1/progress.js';
import { useChannelMessages } from '../support/tools/channel-messages.js';
import { outcomeOf, startProgram } from '../support/programs/child.js';
import { useClosing } from '../support/tools/closing.js';
import { hurriedClock } from '../support/tools/hurried-clock.js';
import { eventually } from '../support/tools/open-handles.js';
import { readAll } from '../support/tools/read-all.js';
import { stallingProxy } from '../support/servers/stalling-proxy.js';
import { type StartedRegistry, startRegistry } from '../support/servers/start-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const closing = useClosing();
const messagesOn = useChannelMessages();

/** Pulls with resume. */
const PULL = `
import { pullTo } from 'ROOT/src/crane/pulling/pull-to.ts';
const [, , reference, path, format] = process.argv;
await pullTo([reference], path, { format, resume: true, insecure: true });
console.log('pulled');
`;

interface Pulled {
  readonly registry: StartedRegistry;
  readonly image: Image;
  readonly hex: string;
  /** The layer's partial file. */
  readonly partial: string;
  readonly directory: string;
  readonly target: string;
}

async function imageOf(size: number, format: SaveFormat): Promise<Pulled> {
  const registry = await closing(startRegistry());
  const image = randomImage(size, 1, { seed: 'pull' });
  await write(parseReference(`${registry.host}/app:v1`), image);
  const [layer] = await image.layers();
  const hex = (await layer!.digest()).slice('sha256:'.length);
  const directory = format === 'oci' ? dir.path('out/blobs/sha256') : dir.path();
  const partial = path.join(directory, format === 'oci' ? `.${hex}.partial` : `.sha256-${hex}.partial`);
  return { registry, image, hex, directory: directory, partial, target: dir.path('out') };
}

const pull = async ({ registry, target }: Pulled, options: PullToOptions): Promise<unknown> =>
  pullTo([`${registry.host}/app:v1`], target, { clock: hurriedClock, resume: true, ...options });

/** The result of a pull without interruption. */
async function expectWhole(
  { registry, image, hex, target, directory: directory }: Pulled,
  format: SaveFormat,
  host = registry.host,
): Promise<void> {
  expect((await readdir(directory)).filter((name) => name.includes('partial'))).toEqual([]);
  if (format === 'oci') {
    const stored = await (await fromPath(target)).image(await image.digest());
    const [layer] = await stored.layers();
    const [original] = await image.layers();
    const bytes = await readAll(await original!.compressed());
    expect((await readAll(await layer!.compressed())).equals(bytes)).toBe(true);
    expect(await readdir(directory)).toContain(hex);
  } else {
    await pullTo([`${host}/app:v1`], dir.path('expected'), { format });
    expect((await readFile(target)).equals(await readFile(dir.path('expected')))).toBe(true);
  }
}

/** Writes the partial file of a pull that stopped at this point. */
async function leave(
  { image, partial, directory: directory }: Pulled,
  bytes: number,
  change = false,
): Promise<void> {
  const [layer] = await image.layers();
  const content = await readAll(await layer!.compressed());
  if (change) content[10] = (content[10] ?? 0) ^ 1;
  await mkdir(directory, { recursive: true });
  await writeFile(partial, content.subarray(0, bytes));
}

describe.each<SaveFormat>(['oci', 'tarball', 'legacy'])('a pull into %s that is to be resumed', (format) => {
  it('T7: resumes in a later process after it was killed', async () => {
    const at = await imageOf(8_000_000, format);
    const port = Number(at.registry.host.split(':')[1]);
    const proxy = await closing(stallingProxy({ port }, 'down', 6_500_000));
    const start = () => startProgram(dir.path(), PULL, [`${proxy.host}/app:v1`, at.target, format]);
    const killed = start();
    const ended = outcomeOf(killed);
    await proxy.stalled;
    expect(await eventually(() => sizeOf(at.partial) > 4_000_000, 200_000)).toBe(true);
    killed.kill('SIGKILL');
    await ended;

    proxy.letGo();
    const before = proxy.bytes.down;
    expect(await outcomeOf(start())).toEqual({ code: 0, stdout: 'pulled\n', stderr: '' });
    expect(proxy.bytes.down - before).toBeLessThan(4_100_000);
    await expectWhole(at, format, proxy.host);
  }, 60_000);

  it.each([
    ['begun', 123_456],
    ['whole', Infinity],
    ['empty', 0],
  ])('T7: transfers no data of a partial file again that was left %s', async (_title, held) => {
    const at = await imageOf(1_000_000, format);
    await leave(at, held);
    const resumes = messagesOn(diagnosticsChannels.resume);
    await pull(at, { format });
    expect(resumes.map((event) => (event as { offset: number }).offset)).toEqual(
      held > 0 && held < Infinity ? [held] : [],
    );
    await expectWhole(at, format);
  });

  it('T11: starts again if the partial file is wrong or too long', async () => {
    const at = await imageOf(1_000_000, format);
    await leave(at, 500_000, true);
    await pull(at, { format });
    await expectWhole(at, format);
    await rm(at.target, { recursive: true });
    await mkdir(at.directory, { recursive: true });
    await writeFile(at.partial, Buffer.alloc(2_000_000));
    await pull(at, { format });
    await expectWhole(at, format);
  });

  it('Y9: leaves the partial file alone if another process is writing it', async () => {
    const at = await imageOf(1_000_000, format);
    await leave(at, 500_000);
    const other = await partialFile(at.partial);
    await pull(at, { format });
    expect((await stat(at.partial)).size).toBe(500_000);
    await other?.discard();
    await expectWhole(at, format);
  });

  it('Y11: does not follow a link in place of the partial file', async () => {
    const at = await imageOf(100_000, format);
    await mkdir(at.directory, { recursive: true });
    await writeFile(dir.path('other'), 'other');
    await symlink(dir.path('other'), at.partial);
    await pull(at, { format });
    expect(await readFile(dir.path('other'), 'utf8')).toBe('other');
  });
});

describe.each<SaveFormat>(['oci', 'tarball'])('a pull into %s that is aborted', (format) => {
  it('T19: keeps the partial file with resume', async () => {
    const at = await imageOf(3_000_000, format);
    const stopped = async (resume: boolean): Promise<void> => {
      const controller = new AbortController();
      const onProgress: OnProgress = (event) => {
        if (event.kind === 'blob' && event.transferred > 2_000_000) controller.abort(new Error('enough'));
      };
      const { signal } = controller;
      await expect(pull(at, { format, resume, signal, onProgress })).rejects.toThrow('enough');
    };
    await stopped(false);
    expect((await readdir(at.directory)).filter((name) => name.includes('partial'))).toEqual([]);
    await stopped(true);
    expect(await readdir(at.directory)).toContain(path.basename(at.partial));
    const resumes = messagesOn(diagnosticsChannels.resume);
    await pull(at, { format });
    expect(resumes).toHaveLength(1);
    await expectWhole(at, format);
  });
});

describe('garbage collection', () => {
  it('Y5: removes partial files that were not resumed for a long time', async () => {
    const at = await imageOf(1_000_000, 'oci');
    await leave(at, 500_000);
    await writeFile(`${at.partial}.lock`, '');
    const layout = await fromPath(at.target, { create: true });
    await layout.garbageCollect({ delete: true });
    expect(await readdir(at.directory)).toHaveLength(2);
    await layout.garbageCollect({ delete: true, graceMs: -1 });
    expect(await readdir(at.directory)).toEqual([]);
  });
});

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
