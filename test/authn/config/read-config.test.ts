import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { AuthError } from '../../../src/errors/service/auth.js';
import { LimitExceededError } from '../../../src/errors/limit-exceeded.js';
import { readConfigText } from '../../../src/authn/config/read-config.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const isRoot = process.getuid?.() === 0;

describe('readConfigText', () => {
  it('reads a file, also through a symbolic link, and removes a byte order mark', async () => {
    await writeFile(temp.path('config.json'), '\ufeff{"é": 1}');
    await symlink('config.json', temp.path('link.json'));
    expect(await readConfigText(temp.path('link.json'), 100)).toBe('{"é": 1}');
  });

  it('A19: treats a missing file, a directory, a file in place of a directory, and the null device as missing', async () => {
    await writeFile(temp.path('file'), '{}');
    await mkdir(temp.path('directory'));
    for (const file of [
      temp.path('none'),
      temp.path('directory'),
      temp.path('file/config.json'),
      '/dev/null',
    ]) {
      expect(await readConfigText(file, 100)).toBeUndefined();
    }
  });

  it('A19: refuses a pipe without a writer at once', async () => {
    execFileSync('mkfifo', [temp.path('pipe')]);
    await expect(readConfigText(temp.path('pipe'), 100)).rejects.toThrow(AuthError);
    await expect(readConfigText(temp.path('pipe'), 100)).rejects.toThrow('not a regular file');
  });

  it('A19: refuses a device that never ends', async () => {
    await expect(readConfigText('/dev/zero', 100)).rejects.toThrow('not a regular file');
  });

  it('A19: refuses a file larger than the cap, and names the option', async () => {
    await writeFile(temp.path('big'), 'x'.repeat(101));
    const error = await readConfigText(temp.path('big'), 100).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LimitExceededError);
    expect(error).toMatchObject({ option: 'maxConfigBytes', limit: 100 });
    await writeFile(temp.path('fits'), 'x'.repeat(100));
    expect(await readConfigText(temp.path('fits'), 100)).toHaveLength(100);
  });

  it('A19: refuses text that is not UTF-8', async () => {
    await writeFile(temp.path('utf16'), Buffer.from('\ufeff{}', 'utf16le'));
    await expect(readConfigText(temp.path('utf16'), 100)).rejects.toThrow('not UTF-8');
  });

  (process.platform === 'linux' ? it : it.skip)('says why a file cannot be read', async () => {
    await expect(readConfigText('/proc/self/mem', 100)).rejects.toMatchObject({
      code: 'AUTH',
      cause: { code: 'FILE_SYSTEM', systemCode: 'EIO', path: '/proc/self/mem' },
    });
  });

  (isRoot ? it.skip : it)(
    'refuses a file that may not be read, but not one that may not be looked for',
    async () => {
      await mkdir(temp.path('closed'));
      await writeFile(temp.path('closed', 'config.json'), '{}');
      await chmod(temp.path('closed', 'config.json'), 0);
      await expect(readConfigText(temp.path('closed', 'config.json'), 100)).rejects.toMatchObject({
        code: 'AUTH',
        cause: { systemCode: 'EACCES' },
      });
      await chmod(temp.path('closed'), 0);
      expect(await readConfigText(temp.path('closed', 'config.json'), 100)).toBeUndefined();
      await chmod(temp.path('closed'), 0o700);
    },
  );
});
