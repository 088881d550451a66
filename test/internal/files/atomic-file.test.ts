import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';

import { FileSystemError } from '../../../src/errors/file-system.js';
import {
  atomicFile,
  isTemporaryName,
  retryBusy,
  writeFileAtomic,
} from '../../../src/internal/files/atomic-file.js';
import { outcomeOf, startProgram } from '../../support/programs/child.js';
import { chunked, failing, stalled } from '../../support/archives/chunked.js';
import { noise } from '../../support/tools/noise.js';
import { eventually, openDescriptors } from '../../support/tools/open-handles.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();

describe('writeFileAtomic', () => {
  it('writes bytes and streams, and replaces an existing file', async () => {
    const path = temp.path('file');
    const bytes = noise(3_000_001);
    await writeFileAtomic(path, Buffer.from('old'));
    await writeFileAtomic(path, chunked(bytes, [70_000]));
    expect(readFileSync(path).equals(bytes)).toBe(true);
    await writeFileAtomic(path, chunked(noise(100_000), [7]));
    expect(readFileSync(path).equals(noise(100_000))).toBe(true);
    await writeFileAtomic(path, Buffer.alloc(0));
    expect(statSync(path).size).toBe(0);
    expect(readdirSync(temp.path())).toEqual(['file']);
  });

  it('sets the requested permissions', async () => {
    await writeFileAtomic(temp.path('plain'), Buffer.from('x'));
    await writeFileAtomic(temp.path('secret'), Buffer.from('x'), { mode: 0o600 });
    expect(statSync(temp.path('plain')).mode & 0o133).toBe(0);
    expect(statSync(temp.path('secret')).mode & 0o777).toBe(0o600);
  });

  it('writes a file whose name leaves no room for a suffix', async () => {
    const name = 'n'.repeat(250);
    await writeFileAtomic(temp.path(name), Buffer.from('x'));
    expect(readdirSync(temp.path())).toEqual([name]);
  });

  it('B19: keeps the old file and leaves nothing else when the source fails half-way', async () => {
    const path = temp.path('file');
    const before = openDescriptors();
    await writeFileAtomic(path, Buffer.from('old'));
    await expect(writeFileAtomic(path, failing(noise(2_000_000), new Error('broke')))).rejects.toThrow(
      'broke',
    );
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(temp.path())).toEqual(['file']);
    expect(openDescriptors()).toBeLessThanOrEqual(before);
  });

  it('T19: ends at once when it is aborted, even while the source yields nothing', async () => {
    const controller = new AbortController();
    const source = stalled(noise(10));
    const writing = writeFileAtomic(temp.path('file'), source, { signal: controller.signal });
    expect(await eventually(() => readdirSync(temp.path()).length === 1)).toBe(true);
    controller.abort(new Error('enough'));
    await expect(writing).rejects.toThrow('enough');
    expect(source.destroyed).toBe(true);
    expect(readdirSync(temp.path())).toEqual([]);
    const late = stalled();
    await expect(writeFileAtomic(temp.path('file'), late, { signal: controller.signal })).rejects.toThrow(
      'enough',
    );
    expect(late.destroyed).toBe(true);
  });

  it('Y10: reports a missing directory and a directory in the way, and destroys the source', async () => {
    const source = stalled();
    const missing = await writeFileAtomic(temp.path('no', 'file'), source).catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(FileSystemError);
    expect(missing).toMatchObject({ systemCode: 'ENOENT', path: temp.path('no', 'file') });
    expect(source.destroyed).toBe(true);
    mkdirSync(temp.path('folder'));
    await expect(writeFileAtomic(temp.path('folder'), Buffer.from('x'))).rejects.toThrow(FileSystemError);
    expect(readdirSync(temp.path())).toEqual(['folder']);
  });

  // A limit on the size of files stands for a full disk: both make a write come up short.
  const shell = spawnSync('sh', ['-c', 'ulimit -f 100']).status === 0;
  (shell ? it : it.skip)('Y10: leaves nothing behind on a disk that runs full', async () => {
    const program = `
      import { Readable } from 'node:stream';
      import { readdirSync } from 'node:fs';
      import { writeFileAtomic } from 'ROOT/src/internal/files/atomic-file.ts';
      import { spool } from 'ROOT/src/internal/files/spool.ts';
      process.on('SIGXFSZ', () => {});
      const [, , dir] = process.argv;
      const big = () => Readable.from([Buffer.alloc(300_000), Buffer.alloc(900_000), Buffer.alloc(900_000)]);
      const results = [];
      for (const write of [() => writeFileAtomic(dir + '/file', big()), () => spool(big(), { memoryBytes: 0, dir })]) {
        results.push(await write().then(() => 'done', (error) => error.code + ' ' + error.systemCode));
      }
      console.log(JSON.stringify({ results, left: readdirSync(dir) }));
    `;
    mkdirSync(temp.path('full'));
    // Node itself has no way to lower the limit.
    const child = startProgram(temp.path(), program, [temp.path('full')], { fileBlocks: 1000 });
    const { stdout, stderr } = await outcomeOf(child);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({ results: ['FILE_SYSTEM EFBIG', 'FILE_SYSTEM EFBIG'], left: [] });
  });

  it('Y5: never shows a part under the final name, whenever the process is killed', async () => {
    const program = `
      import { writeFileAtomic } from 'ROOT/src/internal/files/atomic-file.ts';
      const [, , path] = process.argv;
      for (let turn = 0; ; turn += 1) {
        await writeFileAtomic(path, Buffer.alloc(2_000_000, 65 + (turn % 26)));
        if (turn === 0) console.log('started');
      }
    `;
    for (let turn = 0; turn < 3; turn += 1) {
      const child = startProgram(temp.path(), program, [temp.path('file')]);
      const ended = outcomeOf(child);
      await new Promise((resolve) => child.stdout?.once('data', resolve));
      await eventually(() => false, 50 + turn * 777);
      child.kill('SIGKILL');
      await ended;
      const content = readFileSync(temp.path('file'));
      expect(content.byteLength).toBe(2_000_000);
      expect(content.every((byte) => byte === content[0])).toBe(true);
    }
    const left = readdirSync(temp.path()).filter((name) => !/^(?:file|\.program-.*)$/.test(name));
    expect(left.every(isTemporaryName)).toBe(true);
  });

  const traced =
    spawnSync('strace', ['-V']).status === 0 && spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;
  (traced ? it : it.skip)('Y6: forces file and directory to disk around the rename if asked', async () => {
    const log = temp.path('trace');
    const program = `
      import { writeFileAtomic } from 'ROOT/src/internal/files/atomic-file.ts';
      await writeFileAtomic(process.argv[2], Buffer.alloc(10), { durable: process.argv[3] === 'durable' });
    `;
    const calls = async (mode: string): Promise<readonly string[]> => {
      const child = startProgram(temp.path(), program, [temp.path('file'), mode], { trace: log });
      expect((await outcomeOf(child)).stderr).toBe('');
      return Array.from(readFileSync(log, 'utf8').matchAll(/\b(fsync|rename)\(/g), ([, name]) => name ?? '');
    };
    expect(await calls('durable')).toEqual(['fsync', 'rename', 'fsync']);
    expect(await calls('quick')).toEqual(['rename']);
  });
});

describe('atomicFile', () => {
  it('publishes on commit, and nothing on discard', async () => {
    const kept = await atomicFile(temp.path('kept'));
    await kept.write(Buffer.from('one '));
    await kept.write(Buffer.from('two'));
    expect(kept.size).toBe(7);
    expect(readdirSync(temp.path()).every(isTemporaryName)).toBe(true);
    await kept.commit();
    await kept.discard();
    expect(readFileSync(temp.path('kept'), 'utf8')).toBe('one two');
    expect(() => kept.write(Buffer.from('x'))).toThrow(/finished/);

    const dropped = await atomicFile(temp.path('dropped'));
    await dropped.write(Buffer.from('x'));
    await dropped.discard();
    await dropped.discard();
    await expect(dropped.commit()).rejects.toThrow(/finished/);
    expect(readdirSync(temp.path())).toEqual(['kept']);
  });

  it('recognises the file that an interrupted write leaves', async () => {
    const file = await atomicFile(temp.path('a.b'));
    const [name] = readdirSync(temp.path());
    expect(isTemporaryName(name ?? '')).toBe(true);
    await file.discard();
    for (const other of ['a.tmp', '.a.tmp', '.a.0123.tmp', join('x', 'y')])
      expect(isTemporaryName(other)).toBe(false);
  });

  it('does not follow a link with the final name', async () => {
    writeFileSync(temp.path('target'), 'precious');
    const { symlinkSync } = await import('node:fs');
    symlinkSync(temp.path('target'), temp.path('link'));
    await writeFileAtomic(temp.path('link'), Buffer.from('new'));
    expect(readFileSync(temp.path('target'), 'utf8')).toBe('precious');
    expect(readFileSync(temp.path('link'), 'utf8')).toBe('new');
  });
});

describe('retryBusy', () => {
  const busyFor = (code: string, times: number) => {
    let calls = 0;
    return {
      calls: () => calls,
      rename: async (): Promise<void> => {
        calls += 1;
        if (calls <= times) {
          const error: NodeJS.ErrnoException = new Error(code);
          error.code = code;
          throw error;
        }
        return Promise.resolve();
      },
    };
  };

  it('Y15: renames again while another process has the file open', async () => {
    for (const code of ['EPERM', 'EBUSY', 'EACCES']) {
      const busy = busyFor(code, 2);
      await retryBusy(busy.rename, 5);
      expect(busy.calls()).toBe(3);
    }
  });

  it('Y15: gives up after its retries, and at once for other errors', async () => {
    const stuck = busyFor('EBUSY', 100);
    await expect(retryBusy(stuck.rename, 2)).rejects.toMatchObject({ code: 'EBUSY' });
    expect(stuck.calls()).toBe(3);
    const other = busyFor('ENOSPC', 100);
    await expect(retryBusy(other.rename, 2)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(other.calls()).toBe(1);
  });
});
