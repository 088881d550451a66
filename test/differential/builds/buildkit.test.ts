import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { build, crane } from '../../../src/index.js';
import { type BuildKit, startBuildKit } from '../../support/programs/buildkit.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';
import { baseImage, writeContext } from './build-files.js';
import { type BuildSummary, summaryOf } from './compare-images.js';
import { failingCases, fileCases, languageCases } from './cases.js';

describeWithPeers('BuildKit and this builder', ['buildkit', 'runc'], ({ buildkit }) => {
  let directory = '';
  let registry: StartedRegistry;
  let peer: BuildKit;
  let outputs = 0;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'containerregistry-builds-'));
    registry = await startRegistry();
    await crane.push(baseImage(), `${registry.host}/base:1`);
    await writeContext(path.join(directory, 'context'));
    peer = await startBuildKit(buildkit, path.join(directory, 'buildkit'));
  }, 120_000);

  afterAll(async () => {
    await peer.stop();
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });

  const context = (): string => path.join(directory, 'context');
  const withBase = (body: string): string =>
    body.replaceAll('BASE_IMAGE', `${registry.host}/base:1`).replaceAll('CONTEXT', context());

  async function byBuildKit(text: string, flags: readonly string[], base: number): Promise<BuildSummary> {
    outputs += 1;
    const file = path.join(directory, `Dockerfile-${outputs}`);
    const archive = path.join(directory, `${outputs}.tar`);
    await writeFile(file, text);
    const since = Math.floor(Date.now() / 1000);
    await peer.build(context(), archive, '-f', file, ...flags);
    const image = await crane.pull({ kind: 'oci-archive', path: archive });
    const summary = await summaryOf(image, base, since - 120);
    await rm(archive);
    return summary;
  }

  async function byUs(text: string, options: build.ImageOptions, base: number): Promise<BuildSummary> {
    const since = Math.floor(Date.now() / 1000);
    const image = await build.image({
      ...{ context: context(), dockerfile: { text }, workDirectory: path.join(directory, 'work') },
      ...options,
    });
    try {
      return await summaryOf(image, base, since - 120);
    } finally {
      await image[Symbol.asyncDispose]();
    }
  }

  describe.each([
    ['files', fileCases],
    ['the language', languageCases],
  ])('agree about %s', (_subject, cases) => {
    it.each(cases)('$title', async ({ text, flags = [], options = {}, contexts = {}, baseLayers = 2 }) => {
      const dockerfile = withBase(text);
      const named = Object.entries(contexts).map(([name, value]) => [name, withBase(value)] as const);
      const contextFlags = named.flatMap(([name, value]) => ['--build-context', `${name}=${value}`]);
      const expected = await byBuildKit(dockerfile, [...flags, ...contextFlags], baseLayers);
      const own = { ...options, contexts: Object.fromEntries(named) };
      expect(await byUs(dockerfile, own, baseLayers)).toEqual(expected);
    });
  });

  it.each(failingCases)('both refuse $title', async ({ text, message }) => {
    const dockerfile = withBase(text);
    await expect(byBuildKit(dockerfile, [], 2)).rejects.toThrow();
    await expect(byUs(dockerfile, {}, 2)).rejects.toThrow(message);
  });
});
