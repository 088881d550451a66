import { symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { build } from '../../src/index.js';
import { headersOf, makeFiles } from '../support/archives/make-files.js';
import { tarOf } from '../support/archives/tar-of.js';
import { useTempDir } from '../support/tools/temp-dir.js';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';

const temp = useTempDir();

describe('contexts', () => {
  const tar = tarOf(['Dockerfile', 'FROM scratch\nCOPY a /b\n'], ['a', 'content']);

  it.each([
    ['a stream of a tar', async () => Readable.from([tar])],
    ['a stream of a compressed tar', async () => Readable.from([gzipSync(tar)])],
    [
      'the path of a tar',
      async () => {
        await writeFile(temp.path('c.tar'), tar);
        return temp.path('c.tar');
      },
    ],
  ])('can be %s', async (_title, context) => {
    await using image = await build.image({ context: await context() });
    const headers = await headersOf((await image.layers())[0]!);
    expect(headers.map(({ name, size }) => [name, size])).toEqual([['b', 7]]);
  });

  it('use the rules beside the Dockerfile instead of those of the context', async () => {
    const context = await makeFiles(temp.path('context'), {
      '.dockerignore': 'a\n',
      'D.dockerignore': 'b\nD*\n.dockerignore\n',
      D: 'FROM scratch\nCOPY . /\n',
      a: '',
      b: '',
    });
    await using image = await build.image({ context, dockerfile: 'D' });
    expect((await headersOf((await image.layers())[0]!)).map(({ name }) => name)).toEqual(['a']);
  });

  it('must have the Dockerfile', async () => {
    const context = await makeFiles(temp.path('context'), { a: '' });
    await expect(build.image({ context })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('cannot be left by a path or a link', async () => {
    await writeFile(temp.path('secret'), 'secret');
    const context = await makeFiles(temp.path('context'), { a: '' });
    await symlink('../secret', temp.path('context/up'));
    await symlink(temp.path('secret'), temp.path('context/absolute'));
    for (const source of ['../secret', 'up', 'absolute']) {
      const running = build.image({ context, dockerfile: { text: `FROM scratch\nCOPY ${source} /x\n` } });
      await expect(running).rejects.toThrow('does not exist');
    }
  });

  it('that are not an archive are named', async () => {
    await writeFile(temp.path('text'), 'FROM scratch\n'.repeat(100));
    await expect(build.image({ context: temp.path('text') })).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
      message: expect.stringContaining(JSON.stringify(temp.path('text'))),
    });
  });

  it('of Git are refused', async () => {
    const running = build.image({
      dockerfile: { text: 'FROM x\n' },
      contexts: { x: 'https://example.com/a.git' },
    });
    await expect(running).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});
