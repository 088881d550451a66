import { once } from 'node:events';
import { appendFile, readdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { newDiskStore } from '../../../../src/registry/store/disk/disk-store.js';
import { startProgram, type ProgramOptions } from '../../../support/programs/child.js';
import { type StartedRegistry, startRegistry } from '../../../support/servers/start-registry.js';
import { useTempDir } from '../../../support/tools/temp-dir.js';
import { type Blob, ConformanceClient, expectError, randomBlob } from '../../conformance-client.js';
import { DataSet, imageType, type ManifestData } from '../../conformance-data.js';

const temp = useTempDir();
let registry: StartedRegistry | undefined;
let client: ConformanceClient;

async function restart(): Promise<void> {
  await registry?.close();
  registry = await startRegistry(newDiskStore(temp.path('store')));
  client = new ConformanceClient(registry.url);
}

beforeEach(restart);
afterEach(async () => {
  await registry?.close();
  registry = undefined;
});

/** Serves the store in a child process. */
async function startChild(options: ProgramOptions = {}) {
  await registry?.close();
  registry = undefined;
  const program = `
    import { newDiskStore } from 'ROOT/src/registry/store/disk/disk-store.ts';
    import { serve } from 'ROOT/src/registry/serve.ts';
    const server = await serve(newDiskStore(process.argv[2]));
    console.log(server.url);`;
  const child = startProgram(temp.path(), program, [temp.path('store')], options);
  child.stderr!.resume();
  // If the child fails, its output ends without a line.
  const lines = createInterface(child.stdout!);
  const [url] = (await Promise.race([once(lines, 'line'), once(lines, 'close')])) as [string?];
  if (url === undefined) throw new Error('the registry did not start');
  return { child, to: new ConformanceClient(url) };
}

const blobFile = ({ digest }: Blob): string => temp.path('store/blobs', digest.replace(':', '/'));

async function pushImage(
  repository: string,
  tag: string,
  to = client,
): Promise<{ set: DataSet; image: ManifestData }> {
  const set = new DataSet();
  const image = set.image();
  for (const blob of set.blobs) expect((await to.push(repository, blob)).status).toBe(201);
  await putTag(repository, tag, image, to);
  return { set, image };
}

async function putTag(
  repository: string,
  tag: string,
  { content }: ManifestData,
  to = client,
): Promise<void> {
  const headers = { 'Content-Type': imageType };
  const path = `/v2/${repository}/manifests/${tag}`;
  expect((await to.ask(path, { method: 'PUT', headers, body: content })).status).toBe(201);
}

describe('a registry on disk', () => {
  it('E13: has all content after a restart, except what was deleted', async () => {
    const kept = await pushImage('app', 'kept');
    await putTag('app', 'other', kept.image);
    const gone = await pushImage('app', 'gone');
    const untagged = await pushImage('app', 'untagged');
    const subject = kept.image.descriptor;
    const referrer = new DataSet();
    const { content, digest } = referrer.artifact({ subject, annotations: { a: 'b' } });
    for (const blob of referrer.blobs) await client.push('app', blob);
    await client.ask(`/v2/app/manifests/${digest}`, {
      method: 'PUT',
      headers: { 'Content-Type': imageType },
      body: content,
    });
    await client.ask(`/v2/app/manifests/${gone.image.digest}`, { method: 'DELETE' });
    await client.ask('/v2/app/manifests/untagged', { method: 'DELETE' });
    await client.deleteBlob('app', gone.set.blobs[0]!.digest);
    const referrers = (await client.ask(`/v2/app/referrers/${subject.digest}`)).body;

    await restart();
    expect((await client.ask('/v2/app/tags/list')).json()).toEqual({ name: 'app', tags: ['kept', 'other'] });
    expect((await client.ask('/v2/_catalog')).json()).toEqual({ repositories: ['app'] });
    expect((await client.ask('/v2/app/manifests/kept')).body.equals(kept.image.content)).toBe(true);
    expect((await client.ask(`/v2/app/manifests/${untagged.image.digest}`)).status).toBe(200);
    expect((await client.ask(`/v2/app/manifests/${gone.image.digest}`)).status).toBe(404);
    expect((await client.ask(`/v2/app/referrers/${subject.digest}`)).body.equals(referrers)).toBe(true);
    for (const blob of kept.set.blobs) await client.expectBlob('app', blob);
    await client.expectBlobMissing('app', gone.set.blobs[0]!.digest);
  });

  it('E13: keeps what it confirmed if it is killed, and nothing incomplete', async () => {
    const confirmed = new Map<string, { set: DataSet; image: ManifestData }>();
    for (let round = 0; round < 4; round += 1) {
      const { child, to } = await startChild();
      // Each round dies at another step of a push.
      const pushing = async (): Promise<void> => {
        for (let i = 0; ; i += 1) {
          const tag = `r${round}-${i}`;
          confirmed.set(tag, await pushImage('app', tag, to));
          if (i === 2) setTimeout(() => child.kill('SIGKILL'), round * 3);
        }
      };
      await expect(pushing()).rejects.toThrow();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    }
    await restart();
    const { tags } = (await client.ask('/v2/app/tags/list')).json() as { tags: string[] };
    expect(tags).toEqual(expect.arrayContaining([...confirmed.keys()]));
    for (const tag of tags) {
      const { headers, body } = await client.ask(`/v2/app/manifests/${tag}`);
      const { config, layers } = JSON.parse(body.toString()) as { config: Blob; layers: Blob[] };
      for (const { digest } of [config, ...layers]) {
        expect((await client.ask(`/v2/app/blobs/${digest}`)).status).toBe(200);
      }
      const known = confirmed.get(tag);
      if (known !== undefined) expect(headers['docker-content-digest']).toBe(known.image.digest);
    }
    expect(await readdir(temp.path('store/blobs/uploads'))).toEqual([]);
  });

  it('E12: fails an upload if the disk is full, and keeps running with its files intact', async () => {
    const { child, to } = await startChild({ fileBlocks: 2000 });
    try {
      const [small, large] = [randomBlob(100_000), randomBlob(5_000_000)];
      expectError(await to.push('app', large), 507, 'UNSUPPORTED');
      expect(await readdir(temp.path('store/blobs/uploads'))).toEqual([]);
      await to.expectBlobMissing('app', large.digest);
      expect((await to.push('app', small)).status).toBe(201);
      await to.expectBlob('app', small);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('discards uploads in progress with their files', async () => {
    const location = await client.start('app');
    await client.ask(location, { method: 'PATCH', body: 'part' });
    expect(await readdir(temp.path('store/blobs/uploads'))).toHaveLength(1);
    await restart();
    expectError(await client.ask(location), 404, 'BLOB_UPLOAD_UNKNOWN');
    expect(await readdir(temp.path('store/blobs/uploads'))).toEqual([]);
  });

  it('keeps one file for a blob of two repositories, until both have deleted it', async () => {
    const blob = randomBlob(100);
    await client.push('one', blob);
    await client.push('two', blob);
    await client.deleteBlob('one', blob.digest);
    await client.expectBlob('two', blob);
    await client.deleteBlob('two', blob.digest);
    await expect(readFile(blobFile(blob))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('handles concurrent pushes, mounts and deletes of one blob', async () => {
    const blob = randomBlob(50_000);
    const work = Array.from({ length: 40 }, async (_, i) => {
      const repository = `r${i % 4}`;
      if (i % 3 === 0) await client.ask(`/v2/${repository}/blobs/${blob.digest}`, { method: 'DELETE' });
      else if (i % 3 === 1) await client.push(repository, blob);
      else await client.ask(`/v2/${repository}/blobs/uploads/?mount=${blob.digest}`, { method: 'POST' });
    });
    await Promise.all(work);
    for (const repository of ['r0', 'r1', 'r2', 'r3']) {
      const { status, body } = await client.ask(`/v2/${repository}/blobs/${blob.digest}`);
      if (status === 200) expect(body.equals(blob.content)).toBe(true);
      else expect(status).toBe(404);
    }
    await client.push('r0', blob);
    await client.expectBlob('r0', blob);
  });
});

describe('E16: a blob that was damaged on disk', () => {
  const blob = randomBlob(200_000);
  const damages: readonly (readonly [string, (file: string) => Promise<unknown>])[] = [
    ['changed', async (file) => writeFile(file, Buffer.concat([blob.content.subarray(1), Buffer.from('x')]))],
    ['cut', async (file) => truncate(file, 100_000)],
    ['lengthened', async (file) => appendFile(file, 'x')],
    ['removed', async (file) => rm(file)],
    [
      'replaced by a symbolic link',
      async (file) => {
        await rename(file, `${file}.moved`);
        await symlink(`${file}.moved`, file);
      },
    ],
  ];

  it.each(
    damages.flatMap(([name, damage]) => [
      [name, 'running', damage] as const,
      [name, 'restarted', damage] as const,
    ]),
  )('and %s is not served by the %s registry, until it is pushed again', async (_name, when, damage) => {
    await client.push('app', blob);
    await client.expectBlob('app', blob);
    await damage(blobFile(blob));
    if (when === 'restarted') await restart();
    await client.expectBlobMissing('app', blob.digest);
    const range = await client.ask(`/v2/app/blobs/${blob.digest}`, { headers: { Range: 'bytes=0-9' } });
    expect(range.status).toBe(404);
    const mount = `/v2/other/blobs/uploads/?mount=${blob.digest}&from=app`;
    expect((await client.ask(mount, { method: 'POST' })).status).toBe(202);
    expect((await client.push('app', blob)).status).toBe(201);
    await client.expectBlob('app', blob);
  });

  it('does not serve a damaged manifest until it is pushed again', async () => {
    const { image } = await pushImage('app', 'latest');
    await writeFile(temp.path('store/manifests', image.digest.replace(':', '/')), '{}');
    expectError(await client.ask('/v2/app/manifests/latest'), 404, 'MANIFEST_UNKNOWN');
    await putTag('app', 'latest', image);
    expect((await client.ask('/v2/app/manifests/latest')).body.equals(image.content)).toBe(true);
  });
});
