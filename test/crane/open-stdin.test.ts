import { closeSync, openSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { open } from '../../src/crane/locations/open.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const dir = useTempDir();
const archive = dockerTar(dockerArchive({ layers: [tarOf(['etc/os', 'one'])] }));

/** Imitates the stream that Node creates for an unusual standard input: it is empty or waits, and has these properties. */
function stdinWith(properties: PropertyDescriptorMap, content: readonly Uint8Array[] = []): Readable {
  return Object.defineProperties(Readable.from(content, { objectMode: false }), properties);
}

describe('standard input in place of a path', () => {
  it('K17: is refused if it is a directory', async () => {
    const fd = openSync(dir.path('.'), 'r');
    try {
      await expect(open('-', { stdin: stdinWith({ fd: { value: fd } }) })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringContaining('directory'),
        hint: expect.stringContaining('path'),
      });
    } finally {
      closeSync(fd);
    }
  });

  it('K17: is refused if it is a terminal, which would never end', async () => {
    const stdin = stdinWith({ isTTY: { value: true } });
    await expect(open('-', { stdin })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('K17: is read if it is anything else', async () => {
    expect((await open('-', { stdin: stdinWith({}, [archive]) })).images).toHaveLength(1);
  });
});
