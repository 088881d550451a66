import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import { removeTree } from '../../../src/internal/files/remove-tree.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();

it('removeTree removes a directory with its contents, and follows no link', async () => {
  await mkdir(temp.path('kept'));
  await writeFile(temp.path('kept/file'), '');
  await mkdir(temp.path('tree/a/b'), { recursive: true });
  await writeFile(temp.path('tree/a/file'), '');
  await writeFile(Buffer.concat([Buffer.from(temp.path('tree/a/b/')), Buffer.from([0xff, 0xfe])]), '');
  await symlink(temp.path('kept'), temp.path('tree/a/link'));
  await removeTree(temp.path('tree'));
  expect(await readdir(temp.path(''))).toEqual(['kept']);
  expect(await readdir(temp.path('kept'))).toEqual(['file']);
});

it('removeTree removes a file or a link, and accepts a path that does not exist', async () => {
  await mkdir(temp.path('kept'));
  await symlink(temp.path('kept'), temp.path('link'));
  await removeTree(temp.path('link'));
  await removeTree(temp.path('absent'));
  expect(await readdir(temp.path(''))).toEqual(['kept']);
});

it('removeTree fails if a file cannot be removed', async () => {
  await expect(removeTree('/proc/self')).rejects.toMatchObject({ code: expect.stringMatching(/^E/) });
});

it('S14: removeTree removes very many files a few at a time', async () => {
  await mkdir(temp.path('many'));
  for (let at = 0; at < 3000; at += 1) await writeFile(temp.path(`many/${at}`), '');
  let most = 0;
  let running = true;
  const watch = (): void => {
    most = Math.max(most, process.getActiveResourcesInfo().filter((name) => name.startsWith('FSReq')).length);
    if (running) setImmediate(watch);
  };
  watch();
  await removeTree(temp.path('many'));
  running = false;
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThan(100);
});
