import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane, empty, mutate, random } from 'containerregistry';
import { PartialFailureError } from '../../../src/errors/service/partial-failure.js';
import { amd, amd64, arm, arm64, imageFor, multi } from '../../support/images/platform-images.js';
import { referringImage } from '../../support/images/referring-image.js';
import { kinds, requestsOf } from '../../support/servers/request-list.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';
import { useClosing } from '../../support/tools/closing.js';

const closing = useClosing();
let source: StartedRegistry;
let target: StartedRegistry;
let from: string;
let to: string;

beforeEach(async () => {
  source = await closing(startRegistry());
  target = await closing(startRegistry());
  from = `${source.host}/app`;
  to = `${target.host}/mirror/app`;
});

const statesOf = (images: readonly crane.SyncedImage[]): Record<string, string> =>
  Object.fromEntries(images.map((image) => [image.source.replace(`${source.host}/`, ''), image.state]));

/** Attaches an artifact to a manifest in the source. */
async function attach(subject: string, type: string): Promise<string> {
  const { digest, size, mediaType } = await crane.head(`${from}@${subject}`);
  const artifact = referringImage({ digest, size, mediaType }, type);
  await crane.push(artifact, `${from}@${await artifact.digest()}`);
  return artifact.digest();
}

const referrersIn = async (repository: string, digest: string): Promise<readonly string[]> =>
  ((await crane.inspect(`${repository}@${digest}`)).referrers ?? [])
    .map((one) => one.artifactType ?? '')
    .sort();

describe('sync of a repository', () => {
  it('copies the tags that the function selects, to every target', async () => {
    for (const tag of ['1.0', '1.1', 'latest']) await crane.push(imageFor(tag), `${from}:${tag}`);
    const second = `${target.host}/other`;
    const images = await crane.sync([
      { source: from, targets: [to, second], tags: (tag) => tag !== 'latest' },
    ]);
    expect(images.map(({ source: name, target: at, state }) => [name, at, state]).sort()).toEqual(
      ['1.0', '1.1'].flatMap((tag) => [to, second].map((at) => [`${from}:${tag}`, `${at}:${tag}`, 'copied'])),
    );
    for (const repository of [to, second]) expect(await crane.listTags(repository)).toEqual(['1.0', '1.1']);
    expect(await crane.digest(`${to}:1.0`)).toBe(await imageFor('1.0').digest());
  });

  it('costs one HEAD at each side for an image that the target has', async () => {
    for (const tag of ['1.0', '1.1']) await crane.push(imageFor(tag), `${from}:${tag}`);
    const plan = [{ source: from, targets: [to], tags: 'all' }] as const;
    await crane.sync(plan);
    let images: readonly crane.SyncedImage[] = [];
    let atTarget: string[] = [];
    const atSource = await requestsOf(source, async () => {
      atTarget = await requestsOf(target, async () => (images = await crane.sync(plan)));
    });
    expect(statesOf(images)).toEqual({ 'app:1.0': 'existing', 'app:1.1': 'existing' });
    expect(kinds(atSource)).toEqual({
      'GET /v2/app/tags/list?n=1000': 1,
      'HEAD /v2/app/manifests/1.0': 1,
      'HEAD /v2/app/manifests/1.1': 1,
    });
    expect(kinds(atTarget)).toEqual({
      'HEAD /v2/mirror/app/manifests/1.0': 1,
      'HEAD /v2/mirror/app/manifests/1.1': 1,
    });
  });

  it('copies only what has changed', async () => {
    for (const tag of ['1.0', '1.1']) await crane.push(imageFor(tag), `${from}:${tag}`);
    const plan = [{ source: from, targets: [to], tags: ['1.0', '1.1'] }];
    await crane.sync(plan);
    await crane.push(imageFor('new'), `${from}:1.1`);
    expect(statesOf(await crane.sync(plan))).toEqual({ 'app:1.0': 'existing', 'app:1.1': 'copied' });
    expect(await crane.digest(`${to}:1.1`)).toBe(await imageFor('new').digest());
  });

  it('lists no tags if they are named', async () => {
    await crane.push(amd, `${from}:v1`);
    const requests = await requestsOf(source, async () =>
      crane.sync([{ source: from, targets: [to], tags: ['v1'] }]),
    );
    expect(requests.filter((request) => request.includes('tags/list'))).toEqual([]);
  });

  it('finds out with dryRun what it would copy, and writes nothing', async () => {
    await crane.push(amd, `${from}:v1`);
    await crane.push(arm, `${from}:v2`);
    await crane.push(arm, `${to}:v2`);
    const requests = await requestsOf(target, async () => {
      const images = await crane.sync([{ source: from, targets: [to], tags: 'all' }], { dryRun: true });
      expect(statesOf(images)).toEqual({ 'app:v1': 'planned', 'app:v2': 'existing' });
    });
    expect(requests.filter((request) => !/^(GET|HEAD) /.test(request))).toEqual([]);
  });

  it('completes the other images if one fails', async () => {
    await crane.push(amd, `${from}:v1`);
    const seen: crane.SyncedImage[] = [];
    const failed = crane.sync(
      [
        { source: from, targets: [to], tags: ['none', 'v1'] },
        { source: `${source.host}/missing`, targets: [`${target.host}/missing`], tags: 'all' },
      ],
      { onImage: (image) => seen.push(image) },
    );
    await expect(failed).rejects.toThrow(PartialFailureError);
    await expect(failed).rejects.toThrow(/^sync: 2 of 3 failed/);
    expect(statesOf(seen)).toEqual({ 'app:none': 'failed', 'app:v1': 'copied', missing: 'failed' });
    expect(await crane.digest(`${to}:v1`)).toBe(await amd.digest());
  });
});

describe('sync of one image', () => {
  it.each([
    ['the tag of the source', '', ':v1'],
    ['a tag of its own', ':stable', ':stable'],
  ])('gives it %s', async (_title, suffix, written) => {
    await crane.push(amd, `${from}:v1`);
    await crane.sync([{ source: `${from}:v1`, targets: [`${to}${suffix}`] }]);
    expect(await crane.digest(`${to}${written}`)).toBe(await amd.digest());
  });

  it('copies what a digest names, under a tag', async () => {
    await crane.push(amd, `${from}:v1`);
    await crane.sync([{ source: `${from}@${await amd.digest()}`, targets: [`${to}:pinned`] }]);
    expect(await crane.digest(`${to}:pinned`)).toBe(await amd.digest());
  });

  it('copies only the images for the platforms, and finds them again with one GET and one HEAD', async () => {
    await crane.push(multi, `${from}:v1`);
    const plan = [{ source: `${from}:v1`, targets: [to], platforms: ['linux/arm64', 'linux/s390x'] }];
    await crane.sync(plan);
    const { manifests } = await crane.inspect(`${to}:v1`);
    expect(manifests.map(({ platform }) => platform)).toEqual([arm64]);
    let atTarget: string[] = [];
    const atSource = await requestsOf(source, async () => {
      atTarget = await requestsOf(target, async () => {
        expect(statesOf(await crane.sync(plan))).toEqual({ 'app:v1': 'existing' });
      });
    });
    expect(kinds(atSource)).toEqual({ 'GET /v2/app/manifests/v1': 1 });
    expect(kinds(atTarget)).toEqual({ 'HEAD /v2/mirror/app/manifests/v1': 1 });
  });

  it('fails if an index has none of the platforms', async () => {
    await crane.push(multi, `${from}:v1`);
    const plan = [{ source: `${from}:v1`, targets: [to], platforms: ['linux/s390x'] }];
    await expect(crane.sync(plan)).rejects.toThrow(/has no image for linux\/s390x/);
  });

  it('keeps the attestations of the images for the platforms', async () => {
    const platform = { os: 'unknown', architecture: 'unknown' };
    const attestation = random.image(10, 1);
    const annotations = { 'vnd.docker.reference.digest': await amd.digest() };
    const index = mutate.appendManifests(multi, [
      { add: attestation, descriptor: { platform, annotations } },
    ]);
    await crane.push(index, `${from}:v1`);
    await crane.sync([{ source: `${from}:v1`, targets: [to], platforms: ['linux/amd64'] }]);
    const { manifests } = await crane.inspect(`${to}:v1`);
    expect(manifests.map(({ digest }) => digest)).toEqual([await amd.digest(), await attestation.digest()]);
  });
});

describe('sync of referrers', () => {
  it('copies those of the index and of its images, and later only those that are new', async () => {
    await crane.push(multi, `${from}:v1`);
    await attach(await multi.digest(), 'example/signature');
    const sbom = await attach(await amd.digest(), 'example/sbom');
    await attach(sbom, 'example/signature');
    const plan = [{ source: `${from}:v1`, targets: [to], referrers: true }];
    expect(await crane.sync(plan)).toMatchObject([{ state: 'copied', companions: 3 }]);
    expect(await referrersIn(to, await multi.digest())).toEqual(['example/signature']);
    expect(await referrersIn(to, sbom)).toEqual(['example/signature']);
    expect(await crane.sync(plan)).toMatchObject([{ state: 'existing', companions: 0 }]);

    await attach(await amd.digest(), 'example/vex');
    expect(await crane.sync(plan, { dryRun: true })).toMatchObject([{ state: 'planned', companions: 1 }]);
    expect(await crane.sync(plan)).toMatchObject([{ state: 'copied', companions: 1 }]);
    expect(await referrersIn(to, await amd.digest())).toEqual(['example/sbom', 'example/vex']);
  });

  it('copies only the artifact types that the plan names', async () => {
    await crane.push(amd, `${from}:v1`);
    for (const type of ['a', 'b']) await attach(await amd.digest(), type);
    await crane.sync([{ source: `${from}:v1`, targets: [to], referrers: { artifactTypes: ['b'] } }]);
    expect(await referrersIn(to, await amd.digest())).toEqual(['b']);
  });

  it('copies the tags that are named after a digest, and again after they have moved', async () => {
    await crane.push(amd, `${from}:v1`);
    const tag = `${(await amd.digest()).replace(':', '-')}.sig`;
    await crane.push(imageFor('signature'), `${from}:${tag}`);
    await crane.push(imageFor('other'), `${from}:unrelated`);
    const plan = [{ source: `${from}:v1`, targets: [to], digestTags: true }];
    expect(await crane.sync(plan)).toMatchObject([{ state: 'copied', companions: 1 }]);
    expect((await crane.listTags(to)).sort()).toEqual([tag, 'v1'].sort());
    await crane.push(imageFor('second signature'), `${from}:${tag}`);
    expect(await crane.sync(plan)).toMatchObject([{ state: 'copied', companions: 1 }]);
    expect(await crane.digest(`${to}:${tag}`)).toBe(await imageFor('second signature').digest());
    expect(await crane.sync(plan)).toMatchObject([{ state: 'existing', companions: 0 }]);
  });
});

describe('sync refuses', () => {
  it.each([
    [
      'a repository without tags',
      { source: 'a.example/app', targets: ['b.example/app'] },
      /`tags` must select/,
    ],
    [
      'tags of one image',
      { source: 'a.example/app:v1', targets: ['b.example/app'], tags: 'all' },
      /`tags` is only/,
    ],
    ['an entry without targets', { source: 'a.example/app:v1', targets: [] }, /`targets` must have/],
  ] as const)('%s', async (_title, entry, message) => {
    const failed = crane.sync([entry]);
    await expect(failed).rejects.toThrow(TypeError);
    await expect(failed).rejects.toThrow(message);
  });

  it('a tag in the target of a repository', async () => {
    const plan = [{ source: 'a.example/app', targets: ['b.example/app:v1'], tags: 'all' }] as const;
    await expect(crane.sync(plan)).rejects.toMatchObject({ code: 'BAD_NAME' });
  });

  it('two images for one target, and copies the first', async () => {
    await crane.push(amd, `${from}:v1`);
    await crane.push(arm, `${from}:v2`);
    const plan = ['v1', 'v2'].map((tag) => ({ source: `${from}:${tag}`, targets: [`${to}:latest`] }));
    await expect(crane.sync(plan)).rejects.toThrow(/is the target of two images/);
    expect(await crane.digest(`${to}:latest`)).toBe(await amd.digest());
  });
});

it('sync ends with the reason of the signal', async () => {
  await crane.push(
    mutate.appendManifests(empty.index, [{ add: amd, descriptor: { platform: amd64 } }]),
    `${from}:v1`,
  );
  const controller = new AbortController();
  const reason = new Error('enough');
  const running = crane.sync([{ source: from, targets: [to], tags: ['v1', 'v2'] }], {
    signal: controller.signal,
    onImage: () => {
      controller.abort(reason);
    },
    jobs: 1,
  });
  await expect(running).rejects.toBe(reason);
});
