import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { expect, it } from '@jest/globals';
import * as layout from '../../../src/layout/index.js';
import { newTag } from '../../../src/name/tag.js';
import { image as randomImage } from '../../../src/random/image.js';
import * as tarball from '../../../src/tarball/index.js';
import type { Image } from '../../../src/v1/image.js';
import { ociManifestSchema1 } from '../../../src/v1/types.js';
import { describeWithPeers, type Peer } from '../../support/programs/peers.js';
import { readAll } from '../../support/tools/read-all.js';
import { useRegistry } from '../../support/servers/use-registry.js';
import { tarOf } from '../../support/archives/tar-of.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const temp = useTempDir();
const registry = useRegistry();
const named = (reference: string): string => `${registry.host}/${reference}`;

/** Pushes an image to the registry from a layout, so that no test here depends on our own pull. */
async function pulledBy(crane: Peer, reference: string): Promise<Image> {
  const directory = await mkdtemp(temp.path('pulled-'));
  await crane.run(['pull', '--format', 'oci', named(reference), directory]);
  return (await layout.fromPath(directory)).image();
}

async function layerFile(name: string): Promise<string> {
  const file = temp.path(`${name}.tar`);
  await writeFile(file, tarOf([`etc/${name}`, randomBytes(40_000).toString('hex')]));
  return file;
}

async function expectReadable(image: Image): Promise<void> {
  for (const layer of await image.layers()) await readAll(await layer.uncompressed());
}

describeWithPeers('crane', ['crane'], ({ crane }) => {
  const pulled = async (reference: string): Promise<Image> => pulledBy(crane, reference);
  const push = async (reference: string, ...flags: string[]): Promise<void> => {
    const files = ['-f', await layerFile('one'), '-f', await layerFile('two')];
    await crane.run(['append', ...flags, ...files, '-t', named(reference)]);
  };

  it.each([
    ['Docker', []],
    ['OCI', ['--oci-empty-base']],
  ])('pulls the same archive as we do, byte for byte, of an image of %s', async (_kind, flags) => {
    await push('app:v1', ...flags);
    await crane.run(['pull', named('app:v1'), temp.path('theirs.tar')]);
    await tarball.writeToFile(temp.path('ours.tar'), newTag(named('app:v1')), await pulled('app:v1'));
    expect((await readFile(temp.path('ours.tar'))).equals(await readFile(temp.path('theirs.tar')))).toBe(
      true,
    );
  });

  it('pulls the same archive as we do of several images, except for the order of files', async () => {
    await push('some/app:v1');
    await push('other/app:latest', '--oci-empty-base');
    const references = ['some/app:v1', 'other/app'];
    await crane.run(['pull', ...references.map(named), temp.path('theirs.tar')]);
    const images = await Promise.all(
      references.map(async (reference) => [newTag(named(reference)), await pulled(reference)] as const),
    );
    await tarball.multiRefWriteToFile(temp.path('ours.tar'), images);
    const list = (file: string): string[] =>
      execFileSync('tar', ['-tvf', temp.path(file)])
        .toString()
        .split('\n')
        .sort();
    const manifest = (file: string): string =>
      execFileSync('tar', ['-xOf', temp.path(file), 'manifest.json']).toString();
    expect(list('ours.tar')).toEqual(list('theirs.tar'));
    expect(manifest('ours.tar')).toBe(manifest('theirs.tar'));
  });

  it('finds the same digest in our archive as we do, and pushes it', async () => {
    await push('app:v1');
    await tarball.writeToFile(temp.path('ours.tar'), newTag('app:v1'), await pulled('app:v1'));
    const digest = (await crane.run(['digest', '--tarball', temp.path('ours.tar'), 'app:v1'])).trim();
    expect(await (await tarball.imageFromPath(temp.path('ours.tar'))).digest()).toBe(digest);
    expect(await (await pulled('app:v1')).digest()).toBe(digest);
    await crane.run(['push', temp.path('ours.tar'), named('again:v1')]);
    expect(await (await pulled('again:v1')).digest()).toBe(digest);
    expect(await crane.run(['validate', '--tarball', temp.path('ours.tar')])).toContain('PASS');
  });

  it('pulls the same layout as we do, byte for byte', async () => {
    await push('app:v1', '--oci-empty-base');
    await push('app:v2');
    for (const tag of ['v1', 'v2']) {
      await crane.run([
        'pull',
        '--format',
        'oci',
        '--annotate-ref',
        named(`app:${tag}`),
        temp.path('theirs'),
      ]);
      const ours = await layout.fromPath(temp.path('ours'), { create: true });
      const annotations = { 'org.opencontainers.image.ref.name': named(`app:${tag}`) };
      await ours.appendImage(await pulled(`app:${tag}`), { annotations });
    }
    const files = async (root: string): Promise<Map<string, Buffer>> => {
      const found = await readdir(temp.path(root), { recursive: true, withFileTypes: true });
      const sorted = found
        .filter((entry) => entry.isFile())
        .map((entry) => `${entry.parentPath}/${entry.name}`);
      return new Map(
        await Promise.all(
          sorted
            .sort()
            .map(async (file) => [file.slice(temp.path(root).length), await readFile(file)] as const),
        ),
      );
    };
    expect(await files('ours')).toEqual(await files('theirs'));
    await crane.run(['push', temp.path('ours'), named('all:v1'), '--index']);
  });
});

describeWithPeers('skopeo', ['skopeo', 'crane'], ({ skopeo, crane }) => {
  const copy = async (from: string, to: string, ...flags: string[]): Promise<void> => {
    const loose = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    await skopeo.run(['--insecure-policy', 'copy', ...loose, ...flags, from, to]);
  };
  const pulled = async (reference: string): Promise<Image> => pulledBy(crane, reference);
  const pushed = async (): Promise<Image> => {
    const file = temp.path('random.tar');
    await tarball.writeToFile(file, newTag('app:v1'), randomImage(50_000, 3, { seed: 'skopeo' }));
    await crane.run(['push', file, named('app:v1')]);
    return tarball.imageFromPath(file);
  };

  it('writes docker archives that we read', async () => {
    const image = await pushed();
    await copy(`docker://${named('app:v1')}`, `docker-archive:${temp.path('theirs.tar')}:localhost/app:v1`);
    const read = await tarball.imageFromPath(temp.path('theirs.tar'), { tag: 'localhost/app:v1' });
    expect(await read.configName()).toBe(await image.configName());
    await expectReadable(read);
  });

  it('writes OCI archives that we read with the same digest', async () => {
    await pushed();
    await copy(`docker://${named('app:v1')}`, `oci-archive:${temp.path('theirs.tar')}:v1`);
    const read = await tarball.imageFromPath(temp.path('theirs.tar'), { tag: 'v1' });
    await expectReadable(read);
    await copy(
      `oci-archive:${temp.path('theirs.tar')}`,
      `docker://${named('theirs:v1')}`,
      '--preserve-digests',
    );
    expect(await read.digest()).toBe(await (await pulled('theirs:v1')).digest());
  });

  it.each(['gzip', 'zstd'])('writes layouts in %s that we read', async (compression) => {
    await pushed();
    // Its own archives hold plain tars, which it must compress for a layout.
    await copy(`docker://${named('app:v1')}`, `docker-archive:${temp.path('plain.tar')}:app:v1`);
    const format = ['--format', 'oci', '--dest-compress-format', compression];
    await copy(`docker-archive:${temp.path('plain.tar')}`, `oci:${temp.path('theirs')}:v1`, ...format);
    const path = await layout.fromPath(temp.path('theirs'));
    const image = await path.image();
    expect((await image.manifest()).layers[0]?.mediaType).toMatch(new RegExp(`\\+${compression}$`));
    await expectReadable(image);
    expect(await path.garbageCollect()).toEqual([]);

    await tarball.writeToFile(temp.path('ours.tar'), newTag('app:v1'), image);
    const read = await tarball.imageFromPath(temp.path('ours.tar'));
    expect((await read.manifest()).layers.map(({ digest }) => digest)).toEqual(
      (await image.manifest()).layers.map(({ digest }) => digest),
    );
    expect((await read.manifest()).layers[0]?.mediaType).toMatch(new RegExp(`[+.]${compression}$`));
    await expectReadable(read);
  });

  it('reads our archives and our layouts', async () => {
    const image = await pushed();
    await tarball.writeToFile(temp.path('ours.tar'), newTag('app:v1'), image);
    await copy(`docker-archive:${temp.path('ours.tar')}:app:v1`, `dir:${temp.path('copied')}`);
    const ours = await layout.fromPath(temp.path('ours'), { create: true });
    // It finds only OCI media types.
    const oci = randomImage(50_000, 3, { seed: 'skopeo', mediaType: ociManifestSchema1 });
    await ours.appendImage(oci, { annotations: { 'org.opencontainers.image.ref.name': 'v1' } });
    await copy(`oci:${temp.path('ours')}:v1`, `docker://${named('ours:v1')}`);
    expect(await (await pulled('ours:v1')).digest()).toBe(await oci.digest());
  });

  it('reads our OCI archives, and keeps the digest', async () => {
    const oci = randomImage(50_000, 3, { seed: 'skopeo', mediaType: ociManifestSchema1 });
    await tarball.writeOciToFile(temp.path('ours.tar'), newTag('app:v1'), oci);
    await copy(
      `oci-archive:${temp.path('ours.tar')}:v1`,
      `docker://${named('ours:v1')}`,
      '--preserve-digests',
    );
    expect(await (await pulled('ours:v1')).digest()).toBe(await oci.digest());
  });

  it('adds an image to our layout, and we add one to its layout', async () => {
    const image = await pushed();
    await copy(`docker://${named('app:v1')}`, `oci:${temp.path('shared')}:theirs`);
    const path = await layout.fromPath(temp.path('shared'));
    await path.appendImage(image, { annotations: { 'org.opencontainers.image.ref.name': 'ours' } });
    await copy(`docker://${named('app:v1')}`, `oci:${temp.path('shared')}:again`);
    const { manifests } = await (await path.imageIndex()).indexManifest();
    expect(manifests.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'])).toEqual(
      expect.arrayContaining(['theirs', 'ours', 'again']),
    );
    expect(await path.garbageCollect()).toEqual([]);
  });
});
