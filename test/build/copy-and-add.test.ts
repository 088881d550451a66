import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { build } from '../../src/index.js';
import { headersOf } from '../support/archives/make-files.js';
import { tarOf } from '../support/archives/tar-of.js';
import { layerNames } from './layer-names.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();

const namesOf = async (text: string, files: Readonly<Record<string, string>>): Promise<readonly string[][]> =>
  layerNames(temp.path(), text, files);

describe('COPY', () => {
  const files = {
    'a/keep.txt': '',
    'a/drop.md': '',
    'a/b/keep.txt': '',
    'a/b/drop.md': '',
    'c/package.json': '',
    'c/src/x.js': '',
  };

  it.each([
    ['--exclude=**/*.md a /x/', ['x/', 'x/b/', 'x/b/keep.txt', 'x/keep.txt']],
    ['--exclude=b a /x/', ['x/', 'x/drop.md', 'x/keep.txt']],
    ['--exclude=* --exclude=!b/keep.txt a /x/', ['x/', 'x/b/', 'x/b/keep.txt']],
    ['--exclude=nothing a/b /x/', ['x/', 'x/drop.md', 'x/keep.txt']],
  ])('leaves out files: %s', async (text, names) => {
    expect(await namesOf(`FROM scratch\nCOPY ${text}\n`, files)).toEqual([names]);
  });

  it.each([
    [
      '--parents a/b/keep.txt c/package.json /x/',
      ['x/', 'x/a/', 'x/a/b/', 'x/a/b/keep.txt', 'x/c/', 'x/c/package.json'],
    ],
    ['--parents */package.json /x/', ['x/', 'x/c/', 'x/c/package.json']],
    ['--parents a/./b/keep.txt /x/', ['x/', 'x/b/', 'x/b/keep.txt']],
    ['--parents --exclude=**/*.md ./a/b /x/', ['x/', 'x/a/', 'x/a/b/', 'x/a/b/keep.txt']],
    ['--parents *.none /x/', ['x/']],
  ])('keeps the directories of its sources: %s', async (text, names) => {
    expect(await namesOf(`FROM scratch\nCOPY ${text}\n`, files)).toEqual([names]);
  });
});

describe('ADD of a URL', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.close();
    server?.closeAllConnections();
  });

  async function serve(): Promise<string> {
    const started = createServer((request, response) => {
      if (request.url === '/old') response.writeHead(302, { location: '/dir/file.bin?x=1' }).end();
      else if (request.url === '/metadata')
        response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
      else if (request.url?.startsWith('/none') === true) response.writeHead(404).end();
      else
        response
          .writeHead(200, { 'last-modified': 'Sat, 03 Feb 2001 04:05:06 GMT' })
          .end(request.url === '/a.tar' ? tarOf(['in', 'x']) : 'content');
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  }

  const add = async (text: string): Promise<readonly unknown[]> => {
    await using image = await build.image({ dockerfile: { text: `FROM scratch\nADD ${text}\n` } });
    const headers = await headersOf((await image.layers())[0]!);
    return headers.map(({ name, mode, mtime, size, type }) =>
      type === 'directory' ? name : [name, mode.toString(8), mtime, size],
    );
  };
  const TIME = 981_173_106;

  it('keeps the name and the time of the file', async () => {
    const url = await serve();
    expect(await add(`${url}/dir/file.bin?x=1 /d/`)).toEqual(['d/', ['d/file.bin', '600', TIME, 7]]);
    expect(await add(`--chmod=644 ${url}/ /d/`)).toEqual(['d/', ['d/__unnamed__', '644', TIME, 7]]);
    expect(await add(`${url}/old /x`)).toEqual([['x', '600', TIME, 7]]);
  });

  it('unpacks only if it is asked to', async () => {
    const url = await serve();
    expect(await add(`${url}/a.tar /d/`)).toEqual(['d/', ['d/a.tar', '600', TIME, 2048]]);
    expect(await add(`--unpack=true ${url}/a.tar /d/`)).toEqual(['d/', ['d/in', '644', 0, 1]]);
  });

  it('checks the digest', async () => {
    const url = await serve();
    const digest = createHash('sha256').update('content').digest('hex');
    expect(await add(`--checksum=sha256:${digest} ${url}/x /x`)).toHaveLength(1);
    await expect(add(`--checksum=sha256:${'0'.repeat(64)} ${url}/x /x`)).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
    await expect(add(`--checksum=sha256:1 ${url}/x /x`)).rejects.toMatchObject({ code: 'BAD_DIGEST' });
  });

  it('fails for a file that does not exist, and never follows a redirect to a metadata service', async () => {
    const url = await serve();
    await expect(add(`${url}/none /x`)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(add(`${url}/metadata /x`)).rejects.toMatchObject({ code: 'TRANSPORT' });
  });
});
