import { createServer, type IncomingMessage, type Server } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import * as crane from '../../../src/crane/index.js';
import { readTar } from '../../../src/internal/tar/tar.js';
import { fc } from '../../support/tools/fast-check.js';
import { headersOf, makeFiles } from '../../support/archives/make-files.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { readAll } from '../../support/tools/read-all.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const RUNS = Number(process.env.MODEL_RUNS ?? 60);

const temp = useTempDir();

const top = ['a', 'b.md', 'README.md', '#x', '!y', 'é', 'a[b', 'sp ace'];
const nested = [
  'd/a',
  'd/b.md',
  'd/e/a',
  'd/e/b.md',
  'd/e/f/a',
  'dd/a',
  'x.d/a',
  'node_modules/p/a',
  'p/node_modules/q',
];

const chosen: readonly (readonly string[])[] = [
  [],
  ['*'],
  ['**'],
  ['d'],
  ['d/'],
  ['/d'],
  ['./d/../d/e'],
  ['*.md'],
  ['**/*.md'],
  ['*/*.md'],
  ['d/*'],
  ['d/**'],
  ['d/**/a'],
  ['**/a'],
  ['**/node_modules'],
  ['node_modules', '!node_modules/p'],
  ['d', '!d/e'],
  ['d', '!d/e/a', 'd/e/f'],
  ['*', '!d/e'],
  ['*', '!d/e/*.md'],
  ['*.md', '!README.md'],
  ['!README.md', '*.md'],
  ['\ufeffd', '# comment', '  a  ', '', '\\#x', '\\!y'],
  ['# d', ' #x'],
  ['a[[]b', '?'],
  ['[a-c]*', '[^a-d]'],
  ['../d', '.', '/'],
  ['d\r'],
  ['*/[a-d]', '!*'],
  ['**/b.md', '!d', 'd/e/**', '!d/e/f'],
];

const part = fc.constantFrom('a', 'd', 'e', 'f', '*', '*.md', '?', '[a-d]', 'b.md', '**');
const rule = fc
  .tuple(fc.constantFrom('', '', '', '!'), fc.array(part, { minLength: 1, maxLength: 3 }))
  // Docker's old builder, which this test uses, does not search an ignored directory because of a pattern; BuildKit does.
  .filter(([not, parts]) => not === '' || !/[*?[]/.test(parts.slice(0, -1).join('')))
  .map(([not, parts]) => not + parts.join('/'));

/** With the directories that they imply. */
function complete(paths: readonly string[]): readonly string[] {
  const names = paths.map((name) => name.replace(/\/$/, '')).filter((name) => !/(^|\/)\.docker/.test(name));
  const parents = names.flatMap((name) => {
    const parts = name.split('/');
    return parts.map((_, depth) => parts.slice(0, depth + 1).join('/'));
  });
  return [...new Set(parents)].sort();
}

describeWithPeers('a .dockerignore', ['docker'], ({ docker }) => {
  let server: Server;
  let sent: readonly string[] | undefined;

  /** The files that the client sends as the build context; the server only records them. */
  const context = async (directory: string): Promise<readonly string[] | undefined> => {
    sent = undefined;
    const host = `unix://${temp.path('docker.sock')}`;
    const args = ['--host', host, 'build', '--quiet', '--file', temp.path('Dockerfile'), directory];
    await docker.run(args, { env: { ...process.env, DOCKER_BUILDKIT: '0', DOCKER_CONFIG: temp.path() } });
    return sent;
  };
  const listed = async (request: IncomingMessage): Promise<readonly string[]> => {
    const bytes = await readAll(request);
    const tar = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes;
    const names: string[] = [];
    for await (const { header } of readTar(Readable.from([tar], { objectMode: false })))
      names.push(header.name);
    return names;
  };

  beforeEach(async () => {
    server = createServer((request, response) => {
      const respond = async (): Promise<void> => {
        response.setHeader('Api-Version', '1.41').setHeader('Docker-Experimental', 'false');
        if (request.url?.includes('/build') === true) sent = await listed(request);
        response.end('{"stream":"Successfully built 0123456789ab\\n"}\n');
      };
      respond().catch((error: unknown) => response.destroy(error as Error));
    });
    server.listen(temp.path('docker.sock'));
    await new Promise((resolve) => server.once('listening', resolve));
    await writeFile(temp.path('Dockerfile'), 'FROM scratch\nCOPY . /\n');
  });
  afterEach(async () => {
    server.closeAllConnections();
    await promisify(server.close.bind(server))();
  });

  it('has the same meaning as in docker build', async () => {
    const dir = await makeFiles(
      temp.path('dir'),
      Object.fromEntries([...top, ...nested].map((name) => [name, ''])),
    );
    const lists = [...chosen, ...fc.sample(fc.array(rule, { minLength: 1, maxLength: 4 }), RUNS)];
    for (const lines of lists) {
      await writeFile(temp.path('dir/.dockerignore'), lines.join('\n'));
      const found = await context(dir);
      const ours = (await headersOf(crane.layerFromDirectory(dir))).map(({ name }) => name);
      expect({ lines, files: complete(ours) }).toEqual({ lines, files: complete(found!) });
    }
  }, 60_000);
});
