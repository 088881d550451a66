import { readdir, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { build, crane, empty, errors, mutate, tarball, validate } from '../../src/index.js';
import { headersOf, makeFiles } from '../support/archives/make-files.js';
import { useRegistry } from '../support/servers/use-registry.js';
import { readAll } from '../support/tools/read-all.js';
import { outcomeOf } from '../support/programs/child.js';
import { program, startNode } from '../support/tools/peak-memory.js';
import { layerNames } from './layer-names.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();

const namesOf = async (text: string, files: Readonly<Record<string, string>>): Promise<readonly string[][]> =>
  layerNames(temp.path(), text, files);

describe('build.image', () => {
  const registry = useRegistry();

  it('makes an image that is valid, and pushes, saves and pulls like any other', async () => {
    const context = await makeFiles(temp.path('context'), {
      Dockerfile: 'FROM scratch\nCOPY app /app\nCMD ["/app"]\n',
      app: 'program',
    });
    await using image = await build.image({ context });
    await validate.image(image);
    const reference = `${registry.host}/app:1`;
    await crane.push(image, reference);
    expect(await crane.digest(reference)).toBe(await image.digest());
    await crane.save(image, reference, temp.path('app.tar'));
    const saved = await tarball.imageFromPath(temp.path('app.tar'));
    expect((await saved.configFile()).config.Cmd).toEqual(['/app']);
  });

  it('removes its work directory when the image is disposed of, and after a failure', async () => {
    const work = temp.path('work');
    const image = await build.image({
      ...{ dockerfile: { text: 'FROM scratch\nCOPY <<a /a\nx\na\n' }, workDirectory: work },
    });
    expect(await readdir(work)).toHaveLength(1);
    await image[Symbol.asyncDispose]();
    expect(await readdir(work)).toEqual([]);
    const failing = build.image({
      ...{ dockerfile: { text: 'FROM scratch\nWORKDIR /x\nCOPY none /\n' }, workDirectory: work },
    });
    await expect(failing).rejects.toThrow(errors.BuildError);
    expect(await readdir(work)).toEqual([]);
  });

  it('rejects with the reason of its signal, and removes its work directory', async () => {
    const work = temp.path('work');
    const controller = new AbortController();
    const running = build.image({
      ...{ dockerfile: { text: 'FROM scratch\nCOPY <<a /a\nx\na\n' }, workDirectory: work },
      signal: controller.signal,
      onProgress: () => {
        controller.abort(new Error('stop'));
      },
    });
    await expect(running).rejects.toThrow('stop');
    expect(await readdir(work)).toEqual([]);
  });

  it('builds only the stages that the target needs', async () => {
    const text = 'FROM scratch AS a\nCOPY none /\nFROM scratch AS b\nCOPY x /\nFROM b\nCOPY --from=b /x /y\n';
    expect(await namesOf(text, { x: '' })).toEqual([['x'], ['y']]);
  });

  it('refuses RUN with its line before it fetches or writes anything', async () => {
    const text = `FROM ${registry.host}/none AS a\nRUN true\nFROM ${registry.host}/none\nCOPY --from=a / /\n`;
    const work = temp.path('work');
    const running = build.image({ dockerfile: { text }, workDirectory: work });
    await expect(running).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('Dockerfile:2: RUN'),
    });
    expect(registry.requests).toEqual([]);
    await expect(readdir(work)).rejects.toThrow('ENOENT');
  });

  it('refuses RUN in a trigger of the base', async () => {
    const base = mutate.config(await crane.pull(await pushBase()), { OnBuild: ['RUN true'] });
    await crane.push(base, `${registry.host}/triggers`);
    const running = build.image({ dockerfile: { text: `FROM ${registry.host}/triggers\n` } });
    await expect(running).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('names the file, the line and the instruction of a failure', async () => {
    const context = await makeFiles(temp.path('context'), { 'x/D': 'FROM scratch\n\nCOPY none.txt /\n' });
    await expect(build.image({ context, dockerfile: 'x/D' })).rejects.toMatchObject({
      code: 'BUILD_FAILED',
      message: 'x/D:3: COPY: /none.txt does not exist',
      line: 3,
      instruction: 'COPY none.txt /',
      hint: expect.stringContaining('.dockerignore'),
    });
  });

  async function pushBase(): Promise<string> {
    const reference = `${registry.host}/base:1`;
    const layer = crane.layer({
      'etc/passwd': Buffer.from('app:x:7:8::/:/x\n'),
      'opt/big': Buffer.alloc(1e6),
    });
    await crane.push(mutate.appendLayers(empty.image, [layer]), reference);
    return reference;
  }

  it('reads no layer of the base if nothing in it has to be known, and mounts it', async () => {
    const base = await pushBase();
    const [layer] = await (await crane.pull(base)).layers();
    const digest = await layer!.digest();
    const before = registry.requests.length;
    await using image = await build.image({
      context: await makeFiles(temp.path('context'), { a: 'a' }),
      dockerfile: { text: `FROM ${base}\nCOPY --link a /opt/\nENV A=1\nCOPY --link --chown=1:1 a /b\n` },
    });
    await crane.push(image, `${registry.host}/other/app:1`);
    const blobs = registry.requests
      .slice(before)
      .filter(({ url }) => decodeURIComponent(url).includes(digest));
    expect(blobs.map(({ method }) => method)).not.toContain('GET');
    expect(blobs.map(({ url }) => url)).toContainEqual(expect.stringContaining('mount='));
    await validate.image(await crane.pull(`${registry.host}/other/app:1`));
  });

  it('reads each layer of the base once, however many stages and steps need it', async () => {
    const base = await pushBase();
    const [layer] = await (await crane.pull(base)).layers();
    const digest = await layer!.digest();
    const before = registry.requests.length;
    const text = `FROM ${base} AS a\nWORKDIR /w\nFROM ${base}\nCOPY --chown=app <<x /x\n1\nx\nCOPY --from=${base} /opt/big /b\nCOPY --from=a /w /w\n`;
    await using image = await build.image({ dockerfile: { text } });
    await crane.save(image, 'x:1', temp.path('x.tar'));
    const reads = registry.requests
      .slice(before)
      .filter(({ method, url }) => method === 'GET' && url.includes(digest));
    expect(reads).toHaveLength(1);
    const manifests = registry.requests.slice(before).filter(({ url }) => url.includes('/manifests/'));
    expect(manifests).toHaveLength(1);
  });

  it('looks up the owner of a layer of its own in the base', async () => {
    const base = await pushBase();
    await using image = await build.image({
      dockerfile: { text: `FROM ${base}\nCOPY --link --chown=app <<x /x\n1\nx\n` },
    });
    const headers = await headersOf((await image.layers()).at(-1)!);
    expect(headers.map(({ name, uid, gid }) => [name, uid, gid])).toEqual([['x', 7, 8]]);
  });

  it('makes the same image at any time if the time is given', async () => {
    const context = await makeFiles(temp.path('context'), { 'a/b': 'x' });
    const options = { context, sourceDateEpoch: 1_000_000_000, rewriteTimestamps: true };
    const text = 'FROM scratch\nWORKDIR /w\nCOPY . /c\nCOPY <<x /x\n1\nx\n';
    const digests: string[] = [];
    for (const time of [new Date('2020-01-01'), new Date('2022-01-01')]) {
      await utimes(temp.path('context/a/b'), time, time);
      await utimes(temp.path('context/a'), time, time);
      await using image = await build.image({ ...options, dockerfile: { text } });
      digests.push(await image.digest());
      expect((await image.configFile()).created).toBe('2001-09-09T01:46:40Z');
    }
    expect(digests[0]).toBe(digests[1]);
  });

  it('takes SOURCE_DATE_EPOCH from the build arguments', async () => {
    await using image = await build.image({
      dockerfile: { text: 'FROM scratch\nENV A=1\n' },
      args: { SOURCE_DATE_EPOCH: '1' },
    });
    expect((await image.configFile()).history?.[0]?.created).toBe('1970-01-01T00:00:01Z');
  });

  it('does not make Node warn about listeners when many large files are open', async () => {
    const names = Array.from({ length: 24 }, (_, at) => `f${at}`);
    const large = Buffer.alloc(200_000);
    const context = await makeFiles(
      temp.path('context'),
      Object.fromEntries(names.map((name) => [name, large])),
    );
    // Jest has a process object of its own, which does not get Node's warnings.
    const text = `
      const { build } = await import(process.env.LIBRARY);
      const { signal } = new AbortController();
      const image = await build.image({ context: process.argv[1], dockerfile: { text: 'FROM scratch\\nCOPY . /\\n' }, signal });
      await image[Symbol.asyncDispose]();`;
    const outcome = await outcomeOf(startNode(temp.path('context'), program(text, context)));
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
  });

  it('refuses a Dockerfile with thousands of stages', async () => {
    const names = Array.from(
      { length: 5000 },
      (_, at) => `FROM ${at === 0 ? 'scratch' : `s${at - 1}`} AS s${at}`,
    );
    const running = build.image({ dockerfile: { text: names.join('\n') } });
    await expect(running).rejects.toMatchObject({ code: 'DOCKERFILE_INVALID', problem: 'size', line: 1001 });
    await using image = await build.image({ dockerfile: { text: names.slice(0, 1000).join('\n') } });
    expect(await image.layers()).toEqual([]);
  });

  it('refuses options that do not fit together', async () => {
    const dockerfile = { text: 'FROM scratch\nENV A=1\n' };
    await expect(build.image({ dockerfile, rewriteTimestamps: true })).rejects.toThrow(TypeError);
    await expect(build.image({ dockerfile, sourceDateEpoch: 1.5 })).rejects.toThrow(TypeError);
    await expect(build.image({ dockerfile, platform: 'linux' })).rejects.toMatchObject({
      code: 'BAD_PLATFORM',
    });
  });

  it('takes warnings for errors if the file says so', async () => {
    const text = '# check=error=true\nFROM scratch\nMAINTAINER x\n';
    await expect(build.image({ dockerfile: { text } })).rejects.toMatchObject({
      ...{ code: 'DOCKERFILE_INVALID', problem: 'check', line: 3 },
      message: expect.stringContaining('MaintainerDeprecated'),
    });
    await using image = await build.image({ dockerfile: { text: text.replace('error=true', 'skip=all') } });
    expect((await image.configFile()).author).toBe('x');
  });

  it('annotates the manifest, and chooses the compression', async () => {
    await using image = await build.image({
      dockerfile: { text: 'FROM scratch\nCOPY <<x /x\n1\nx\n' },
      annotations: { a: 'b' },
      compression: 'none',
    });
    const manifest = await image.manifest();
    expect(manifest.annotations).toEqual({ a: 'b' });
    expect(manifest.layers[0]?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar');
  });

  it('gives the files of a directory to a stage that begins with it', async () => {
    const context = await makeFiles(temp.path('context'), { 'a/b': '1' });
    await using image = await build.image({
      dockerfile: { text: 'FROM dir\nENV A=1\n' },
      contexts: { dir: context },
    });
    expect((await headersOf((await image.layers())[0]!)).map(({ name }) => name)).toEqual(['a/', 'a/b']);
    expect((await image.configFile()).history?.map(({ created_by: text }) => text)).toEqual([
      'FROM dir',
      'ENV A=1',
    ]);
  });
});

describe('build.imageIndex', () => {
  it('makes an image for each platform', async () => {
    await using index = await build.imageIndex({
      dockerfile: { text: 'FROM scratch\nARG TARGETARCH\nENV A=$TARGETARCH\nCOPY <<x /x\n$TARGETARCH\nx\n' },
      platforms: ['linux/amd64', 'linux/arm64/v8', 'linux/arm'],
    });
    const { manifests } = await index.indexManifest();
    expect(manifests.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ]);
    const images = await Promise.all(manifests.map(async ({ digest }) => index.image(digest)));
    const configs = await Promise.all(
      images.map(async (image) => (await image.configFile()).config.Env?.at(-1)),
    );
    expect(configs).toEqual(['A=amd64', 'A=arm64', 'A=arm']);
    await validate.index(index);
  });

  it('needs a platform', async () => {
    await expect(build.imageIndex({ platforms: [] })).rejects.toThrow(TypeError);
  });
});

it('keeps content that is opened after the build', async () => {
  const context = await makeFiles(temp.path('context'), { a: 'first' });
  await using image = await build.image({ context, dockerfile: { text: 'FROM scratch\nCOPY a /\n' } });
  await writeFile(temp.path('context/a'), 'later');
  const [layer] = await image.layers();
  expect((await readAll(await layer!.uncompressed())).toString()).toContain('first');
});
