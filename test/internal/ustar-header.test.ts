import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { fileHeader, TAR_TRAILER, tarPadding } from '../../src/internal/ustar-header.js';

const list = (archive: Buffer): string =>
  execFileSync('tar', ['-tv', '--utc', '-f', '-'], { input: archive }).toString();

const archived = (name: string, content: Buffer): Buffer =>
  Buffer.concat([
    fileHeader(name, content.byteLength),
    content,
    Buffer.alloc(tarPadding(content.byteLength)),
    TAR_TRAILER,
  ]);

describe('fileHeader', () => {
  it('is one block for a name and size that fit', () => {
    expect(fileHeader('manifest.json', 209).byteLength).toBe(512);
    expect(list(archived('manifest.json', Buffer.alloc(209)))).toMatch(
      /^-rw-r--r-- 0\/0 +209 1970-01-01 00:00 manifest\.json\n$/,
    );
  });

  it.each([
    ['a long name', 'a'.repeat(130)],
    ['a name of exactly 100 bytes', 'b'.repeat(100)],
    ['a name that is not ASCII', 'schön/größe'],
    ['a name whose record length gains a digit by its own digits', 'c'.repeat(990 - 11)],
  ])('is read by tar with %s', (_what, name) => {
    const listed = execFileSync('tar', ['-t', '--quoting-style=literal', '-f', '-'], {
      input: archived(name, Buffer.from('content')),
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    }).toString();
    expect(listed).toBe(`${name}\n`);
  });

  it('keeps sizes from 8 GiB on in an extended header', () => {
    expect(fileHeader('big', 8 ** 11 - 1).byteLength).toBe(512);
    const header = fileHeader('big', 8 ** 11);
    expect(header.byteLength).toBe(3 * 512);
    expect(header.toString('latin1', 512, 512 + 20)).toBe('19 size=8589934592\n\0');
    expect(header.toString('latin1', 1024 + 124, 1024 + 135)).toBe('00000000000');
  });
});

describe('tarPadding', () => {
  it.each([
    [0, 0],
    [1, 511],
    [512, 0],
    [513, 511],
  ])('of %i bytes is %i', (size, padding) => {
    expect(tarPadding(size)).toBe(padding);
  });
});
