import { describe, expect, it } from '@jest/globals';
import { readdirSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { saveOci } from '../../../src/crane/pulling/save.js';
import { newDigest } from '../../../src/name/digest.js';
import { parseReference } from '../../../src/name/parse-reference.js';
import { image as randomImage } from '../../../src/random/image.js';
import { head } from '../../../src/remote/head.js';
import { write } from '../../../src/remote/push.js';
import { referrers } from '../../../src/remote/referrers.js';
import { useClosing } from '../../support/tools/closing.js';
import { gantry } from '../../support/programs/gantry.js';
import { eventually } from '../../support/tools/open-handles.js';
import { referringImage } from '../../support/images/referring-image.js';
import { stallingProxy } from '../../support/servers/stalling-proxy.js';
import { startRegistry } from '../../support/servers/start-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const dir = useTempDir();
const closing = useClosing();
const env = () => ({
  HOME: '/nonexistent',
  DOCKER_CONFIG: '/nonexistent',
  CI: 'true',
  XDG_CACHE_HOME: dir.path(),
});
const port = (host: string): number => Number(host.split(':')[1]);
const files = async (): Promise<string[]> => readdir(dir.path('containerregistry/uploads'));

/** Bytes of a partial file. */
function kept(): number {
  const name = readdirSync(dir.path()).find((file) => file.endsWith('.partial')) ?? 'none';
  return statSync(dir.path(name), { throwIfNoEntry: false })?.size ?? 0;
}

/** Runs a command until it gets stuck, and then stops it. */
async function stopped(args: readonly string[], stalled: Promise<unknown>): Promise<void> {
  const controller = new AbortController();
  const run = gantry(args, { env: env(), signal: controller.signal });
  await stalled;
  controller.abort(new Error('enough'));
  expect((await run).code).not.toBe(0);
}

describe('gantry', () => {
  it('U5: push --resume resumes an upload', async () => {
    const registry = await closing(startRegistry());
    await saveOci(randomImage(4_000_000, 1), dir.path('layout'));
    const proxy = await closing(stallingProxy({ port: port(registry.host) }, 'up', 3_000_000));
    const args = ['push', '--resume', dir.path('layout'), `${proxy.host}/app:v1`];
    await stopped(args, proxy.stalled);
    expect((await files()).some((name) => name.endsWith('.json'))).toBe(true);
    proxy.letGo();
    const before = proxy.bytes.up;
    expect(await gantry(args, { env: env() })).toMatchObject({ code: 0 });
    expect(proxy.bytes.up - before).toBeLessThan(1_200_000);
    expect(await files()).toEqual([]);
  });

  it('T7: pull --resume resumes a download', async () => {
    const registry = await closing(startRegistry());
    await write(parseReference(`${registry.host}/app:v1`), randomImage(4_000_000, 1));
    const proxy = await closing(stallingProxy({ port: port(registry.host) }, 'down', 3_000_000));
    const args = ['pull', '--resume', `${proxy.host}/app:v1`, dir.path('app.tar')];
    await stopped(
      args,
      proxy.stalled.then(async () => eventually(() => kept() > 1_800_000, 200_000)),
    );
    proxy.letGo();
    const before = proxy.bytes.down;
    expect(await gantry(args, { env: env() })).toMatchObject({ code: 0 });
    expect(proxy.bytes.down - before).toBeLessThan(2_500_000);
    expect((await readdir(dir.path())).filter((name) => name.includes('partial'))).toEqual([]);
  });

  it('copy includes referrers and digest tags', async () => {
    const registry = await closing(startRegistry());
    const from = parseReference(`${registry.host}/app:v1`);
    await write(from, randomImage(100, 1));
    const subject = await head(from);
    for (const type of ['a', 'b', 'c']) await write(from.context().tag(type), referringImage(subject, type));
    const tag = `${subject.digest.replace(':', '-')}.sig`;
    await write(from.context().tag(tag), randomImage(100, 1));
    const copyTo = async (name: string, flags: readonly string[]): Promise<string[]> => {
      const to = `${registry.host}/${name}`;
      expect(await gantry(['copy', ...flags, from.name(), `${to}:v1`])).toMatchObject({ code: 0 });
      const index = await referrers(newDigest(`${to}@${subject.digest}`));
      return (await index.indexManifest()).manifests.map(({ artifactType }) => artifactType ?? '').sort();
    };
    expect(await copyTo('none', [])).toEqual([]);
    expect(await copyTo('all', ['--referrers'])).toEqual(['a', 'b', 'c']);
    expect(await copyTo('some', ['--artifact-type', 'a', '--artifact-type', 'c'])).toEqual(['a', 'c']);
    expect(await copyTo('tags', ['--digest-tags'])).toEqual([]);
    const { stdout } = await gantry(['ls', `${registry.host}/tags`]);
    expect(stdout.trim().split('\n').sort()).toEqual([tag, 'v1']);
  });

  it('--verbose prints resumes and blobs', async () => {
    const registry = await closing(startRegistry());
    await saveOci(randomImage(100, 1), dir.path('layout'));
    const { stderr } = await gantry(['push', '--verbose', dir.path('layout'), `${registry.host}/app:v1`]);
    expect(stderr).toMatch(/ blob \{"direction":"upload".*"outcome":"done"/);
  });
});
