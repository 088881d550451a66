import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { UnsafePathError } from '../../../src/errors/invalid/path.js';
import { openRegularFile, regularFileSize } from '../../../src/internal/files/regular-file.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const dir = useTempDir();

describe('a file that has to be regular', () => {
  it('is opened, and has a size', async () => {
    await writeFile(dir.path('file'), 'content');
    const file = await openRegularFile(dir.path('file'));
    expect(file.size).toBe(7);
    await file.close();
    expect(await regularFileSize(dir.path('file'))).toBe(7);
  });

  it.each([
    { name: 'a link', make: async (path: string) => symlink(dir.path('file'), path) },
    { name: 'a link to nothing', make: async (path: string) => symlink('nothing', path) },
    { name: 'a directory', make: async (path: string) => mkdir(path) },
    { name: 'a pipe without a writer', make: async (path: string) => void execFileSync('mkfifo', [path]) },
    {
      name: 'a socket',
      make: async (path: string) => {
        const server = createServer();
        await new Promise<void>((listening) => server.listen(path, listening));
        server.unref();
      },
    },
  ])('is not $name', async ({ make }) => {
    await writeFile(dir.path('file'), 'content');
    await make(dir.path('other'));
    await expect(openRegularFile(dir.path('other'))).rejects.toBeInstanceOf(UnsafePathError);
    await expect(regularFileSize(dir.path('other'))).rejects.toBeInstanceOf(UnsafePathError);
  });

  it("fails with the system's error if it does not exist", async () => {
    await expect(openRegularFile(dir.path('none'))).rejects.toMatchObject({ systemCode: 'ENOENT' });
    await expect(regularFileSize(dir.path('none'))).rejects.toMatchObject({ systemCode: 'ENOENT' });
  });
});
