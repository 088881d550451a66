import { execFileSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { build } from '../../src/index.js';
import { readTar } from '../../src/internal/tar/reader.js';
import { makeFiles } from '../support/archives/make-files.js';
import { tarEntries, type TestEntry } from '../support/archives/tar-entries.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();

/** Builds an image, and returns its config and the names in its last layer. The work directory must be empty afterwards. */
async function built(
  options: build.ImageOptions,
): Promise<{ readonly config: unknown; readonly names: string[] }> {
  const work = temp.path('work');
  try {
    const image = await build.image({ workDirectory: work, ...options });
    try {
      const layer = (await image.layers()).at(-1);
      const names: string[] = [];
      if (layer !== undefined) {
        for await (const { header } of readTar(await layer.uncompressed())) names.push(header.name);
      }
      return { config: await image.configFile(), names };
    } finally {
      await image[Symbol.asyncDispose]();
    }
  } finally {
    expect(await readdir(work).catch(() => [])).toEqual([]);
  }
}

const lines = (count: number, line: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => line(at)).join('\n');

describe('a hostile Dockerfile', () => {
  it('does not get the credentials of one registry by naming another one', async () => {
    const auth = { username: 'u', password: 'secret' };
    const failure = built({ dockerfile: { text: 'FROM 127.0.0.1:9/base' }, auth });
    await expect(failure).rejects.toThrow(/`auth` of a build must be a keychain/);
  });

  it.each([
    ['a chain of stages', `FROM scratch AS a\n${'FROM a AS a\n'.repeat(5000)}`],
    [
      'a chain of copies',
      `FROM scratch AS s0\n${lines(3000, (at) => `FROM scratch AS s${at + 1}\nCOPY --from=s${at} / /`)}`,
    ],
    ['many labels', `FROM scratch\n${lines(5000, (at) => `LABEL l${at}=1`)}`],
    [
      'long values',
      `FROM scratch\nENV A=a\n${'ENV A=$A$A\n'.repeat(19)}${lines(200, (at) => `LABEL l${at}=$A`)}`,
    ],
    ['many ports', `FROM scratch\n${'EXPOSE 0-65535\n'.repeat(100)}`],
    [
      'triggers of many stages',
      `FROM scratch AS a\n${'ONBUILD USER a\n'.repeat(2000)}${lines(900, (at) => `FROM a AS b${at}\nCOPY --from=b${at - 1} / /`)}`.replace(
        'COPY --from=b-1 / /',
        '',
      ),
    ],
  ])('cannot have %s', async (_, text) => {
    await expect(built({ dockerfile: { text } })).rejects.toMatchObject({
      code: 'DOCKERFILE_INVALID',
      problem: 'size',
    });
  });

  it('may have as many stages and variables as any program writes', async () => {
    const chain = lines(998, (at) => `FROM s${at} AS s${at + 1}\nCOPY --from=s0 / /`);
    await built({ dockerfile: { text: `FROM scratch AS s0\n${chain}` } });
    const pairs = Array.from({ length: 20_000 }, (_, at) => `v${at}=${at}`).join(' ');
    const { config } = await built({ dockerfile: { text: `FROM scratch\nENV ${pairs} v0=again v1=` } });
    expect(config).toMatchObject({
      config: { Env: expect.arrayContaining(['v0=again', 'v1=', 'v19999=19999']) as unknown },
    });
  });

  it('may use names that objects have', async () => {
    const { config } = await built({
      dockerfile: {
        text: `ARG __proto__=global
FROM scratch AS constructor
ARG __proto__
ENV __proto__=$__proto__ constructor=c
LABEL __proto__=label toString=t
VOLUME __proto__
FROM constructor AS valueof
COPY --from=constructor / /
`,
      },
      args: JSON.parse('{"__proto__":"given"}') as Record<string, string>,
      labels: JSON.parse('{"__proto__":"last"}') as Record<string, string>,
    });
    const found = config as { config: { Labels: Record<string, string>; Volumes: object; Env: string[] } };
    expect(Object.entries(found.config.Labels)).toEqual([
      ['__proto__', 'last'],
      ['toString', 't'],
    ]);
    expect(Object.keys(found.config.Volumes)).toEqual(['__proto__']);
    expect(found.config.Env).toEqual(expect.arrayContaining(['__proto__=given', 'constructor=c']));
  });

  it.each([
    ['COPY ["a", "/x\\u0000y"]', 'ARCHIVE_INVALID'],
    [`COPY a /${'d/'.repeat(3000)}`, 'BUILD_FAILED'],
    [`WORKDIR /${'d/'.repeat(3000)}`, 'BUILD_FAILED'],
    ['COPY --chown=99999999999 a /', 'BUILD_FAILED'],
    ['COPY --exclude=[ a /', 'BUILD_FAILED'],
    ['COPY [ /', 'BUILD_FAILED'],
  ])('fails for the instruction %j', async (text, code) => {
    const context = await makeFiles(temp.path('context'), { a: 'a' });
    const outcome = built({ context, dockerfile: { text: `FROM scratch\n${text}\n` } });
    await expect(outcome).rejects.toMatchObject({ code });
  });
});

describe('a hostile tar as the context', () => {
  const DOCKERFILE = 'FROM scratch\nCOPY . /\n';
  const withTar = async (...entries: readonly TestEntry[]): Promise<readonly string[]> => {
    const tar = tarEntries({ name: 'Dockerfile', content: DOCKERFILE }, ...entries);
    return (await built({ context: Readable.from([tar], { objectMode: false }) })).names;
  };

  it.each([
    ['a file below a file', [{ name: 'a' }, { name: 'a/b' }], 'ARCHIVE_INVALID'],
    ['a loop of links', [{ name: 'a', link: 'a' }, { name: 'a/b' }], 'ARCHIVE_INVALID'],
    ['a climbing name', [{ name: '../a' }], 'UNSAFE_PATH'],
    ['a hard link of a missing file', [{ name: 'a', link: 'b', hard: true }], 'ARCHIVE_INVALID'],
    ['a file as its root', [{ name: './' }, { name: '.', type: '2', link: 'x' }], 'ARCHIVE_INVALID'],
    ['a very deep path', [{ name: `${'d/'.repeat(5000)}x` }], 'ARCHIVE_INVALID'],
    ['a whiteout', [{ name: 'd/.wh.x' }], 'UNSUPPORTED'],
    ['metadata of AUFS', [{ name: '.wh..wh.plnk/x' }], 'UNSUPPORTED'],
  ])('fails for %s', async (_, entries, code) => {
    await expect(withTar(...entries)).rejects.toMatchObject({ code });
  });

  it('may have links that climb, devices, and names that objects have', async () => {
    const entries = [
      { name: 'l', link: '../../../etc/passwd' },
      { name: 'null', type: '3' },
      { name: '__proto__/x' },
    ];
    expect(await withTar(...entries)).toEqual(['Dockerfile', '__proto__/', '__proto__/x', 'l', 'null']);
  });

  it.each(['Dockerfile/x', 'loop', 'none'])('has no Dockerfile %s', async (dockerfile) => {
    const tar = tarEntries({ name: 'Dockerfile', content: DOCKERFILE }, { name: 'loop', link: 'loop' });
    const context = Readable.from([tar], { objectMode: false });
    await expect(built({ context, dockerfile })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a hostile directory as the context', () => {
  const text = 'FROM scratch\nCOPY . /\n';

  it('keeps pipes, leaves out sockets, and reads neither', async () => {
    const context = await makeFiles(temp.path('context'), { a: 'a' });
    execFileSync('mkfifo', [temp.path('context', 'pipe')]);
    const server = createServer().listen(temp.path('context', 'socket'));
    try {
      expect((await built({ context, dockerfile: { text } })).names).toEqual(['a', 'pipe']);
    } finally {
      server.close();
    }
  });

  it.each(['Dockerfile', '.dockerignore', 'Dockerfile.dockerignore'])(
    'cannot have a pipe as its %s',
    async (name) => {
      const context = await makeFiles(temp.path('context'), { Dockerfile: text });
      await rm(temp.path('context', name), { force: true });
      execFileSync('mkfifo', [temp.path('context', name)]);
      await expect(built({ context })).rejects.toMatchObject({ code: 'UNSAFE_PATH' });
    },
  );

  it('may be behind a link, but its links do not lead out of it', async () => {
    await makeFiles(temp.path('real'), { a: 'a' });
    await writeFile(temp.path('secret'), 's');
    await symlink(temp.path('real'), temp.path('context'));
    await symlink('../secret', temp.path('real', 'climbing'));
    const context = temp.path('context');
    expect((await built({ context, dockerfile: { text } })).names).toEqual(['a', 'climbing']);
    const copy = built({ context, dockerfile: { text: 'FROM scratch\nCOPY climbing /x\n' } });
    await expect(copy).rejects.toMatchObject({ code: 'BUILD_FAILED' });
  });

  it('keeps names that are not UTF-8', async () => {
    const context = await makeFiles(temp.path('context'), {});
    await mkdir(context, { recursive: true });
    await writeFile(Buffer.concat([Buffer.from(`${context}/a`), Buffer.from([0xff])]), '');
    expect((await built({ context, dockerfile: { text } })).names).toEqual(['a\udcff']);
  });

  it('fails if a file changes while the image is built', async () => {
    const context = await makeFiles(temp.path('context'), { a: 'a', b: 'x'.repeat(300_000) });
    for (const name of ['a', 'b']) {
      const onProgress = ({ kind, state }: build.BuildEvent): void => {
        if (kind === 'step' && state === 'done') appendFileSync(temp.path('context', name), 'y');
      };
      const changed = built({ context, dockerfile: { text }, onProgress });
      await expect(changed).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    }
  });

  it('fails for a file that cannot be read, unless it is left out', async () => {
    const context = await makeFiles(temp.path('context'), {
      a: 'a',
      'locked/x': 'x',
      '.dockerignore': 'locked',
    });
    await chmod(temp.path('context', 'locked'), 0);
    expect((await built({ context, dockerfile: { text } })).names).toEqual(['.dockerignore', 'a']);
    await chmod(temp.path('context', 'locked'), 0o700);
  });

  it('leaves nothing behind if the build is aborted at any step', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 50 }, (_, at) => [`f${at}`, 'x'.repeat(at * 1000)]),
    );
    const context = await makeFiles(temp.path('context'), files);
    for (const [kind, state] of [
      ['step', 'started'],
      ['step', 'done'],
      ['layer', 'started'],
      ['layer', 'done'],
    ]) {
      const controller = new AbortController();
      const reason = new Error('stop');
      const onProgress = (event: build.BuildEvent): void => {
        if (event.kind === kind && event.state === state) controller.abort(reason);
      };
      const aborted = built({ context, dockerfile: { text }, onProgress, signal: controller.signal });
      if (kind === 'layer' && state === 'done') await aborted.catch(() => undefined);
      else await expect(aborted).rejects.toBe(reason);
    }
  });
});
