import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { encodeHeader } from '../../../../src/internal/tar/format/encode.js';
import { paddingOf, TRAILER } from '../../../../src/internal/tar/format/header.js';

const list = (archive: Buffer): string =>
  execFileSync('tar', ['-tv', '--utc', '-f', '-'], { input: archive }).toString();

const archived = (name: string, content: Buffer): Buffer =>
  Buffer.concat([
    encodeHeader({ name, size: content.byteLength }),
    content,
    Buffer.alloc(paddingOf(content.byteLength)),
    TRAILER,
  ]);

describe('encodeHeader', () => {
  it.each([
    ['manifest.json', 12, '378592157a8a8cd6710ed3bcb8a1674a43e792019290d40f017e299e5e897d17'],
    [
      `sha256:${'a'.repeat(64)}`,
      8 ** 11 - 1,
      'd48e10700a8d3b43477fd54ac8f84ea1188f62b8f148110947ae3b43a27df9f1',
    ],
    ['big', 8 ** 11, '17d96f133b60826f0e4950a557763433c264c08eafe87e0c8458faaee0ca3edd'],
    [`${'ä'.repeat(30)}x`, 5, 'df3eebfc91ea8b908ded0ac79b777a871332a343454389c706374865498dbf41'],
  ])('is what Go writes for a regular file %s of %i bytes', (name, size, digest) => {
    expect(createHash('sha256').update(encodeHeader({ name, size })).digest('hex')).toBe(digest);
  });

  it('is one block for a name and size that fit', () => {
    expect(encodeHeader({ name: 'manifest.json', size: 209 }).byteLength).toBe(512);
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

  it('writes a size of 8 GiB or more into an extended header', () => {
    expect(encodeHeader({ name: 'big', size: 8 ** 11 - 1 }).byteLength).toBe(512);
    const header = encodeHeader({ name: 'big', size: 8 ** 11 });
    expect(header.byteLength).toBe(3 * 512);
    expect(header.toString('latin1', 512, 512 + 20)).toBe('19 size=8589934592\n\0');
    expect(header.toString('latin1', 1024 + 124, 1024 + 135)).toBe('00000000000');
  });
});

describe('paddingOf', () => {
  it.each([
    [0, 0],
    [1, 511],
    [512, 0],
    [513, 511],
  ])('of %i bytes is %i', (size, padding) => {
    expect(paddingOf(size)).toBe(padding);
  });
});
