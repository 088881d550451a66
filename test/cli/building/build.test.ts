import { readFile, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import type { IndexManifest } from '../../../src/v1/manifest.js';
import { headersOf } from '../../support/archives/make-files.js';
import { build, DIGEST, outcomeOf, useBuilds } from './use-builds.js';

const builds = useBuilds();
const { temp, registry, imageOf, namesIn } = builds;
let app: string;
let context: string;
beforeEach(() => {
  ({ app, context } = builds);
});

describe('gantry build', () => {
  it('pushes to every --tag, and prints each reference with the digest once', async () => {
    const other = `${registry.host}/other`;
    const lines = await build(['-t', `${app}:v1`, '-t', `${app}:v2`, '-t', other, context]);
    const digest = await crane.digest(`${app}:v1`);
    expect(lines).toEqual([`${app}@${digest}`, `${other}@${digest}`]);
    expect(await crane.digest(`${app}:v2`)).toBe(digest);
    expect(await crane.digest(`${other}:latest`)).toBe(digest);
    expect(await namesIn('v1')).toEqual(['a']);
  });

  it('writes every --output, with the first tag as the name of an image on the disk', async () => {
    const [layout, archive, oci] = [temp.path('layout'), temp.path('app.tar'), temp.path('oci.tar')];
    const outputs = [
      `oci:${layout}:v1`,
      `docker-archive:${archive}`,
      `oci-archive:${oci}:x`,
      `docker://${app}:v2`,
    ];
    const lines = await build([context, '-t', `${app}:v1`, ...outputs.flatMap((output) => ['-o', output])]);
    const digest = await crane.digest(`${app}:v2`);
    expect(lines).toEqual([`${app}@${digest}`, `oci:${layout}@${digest}`]);
    const config = await (await imageOf('v1')).configName();
    expect(await (await crane.loadTag(archive, `${app}:v1`)).configName()).toBe(config);
    for (const path of [layout, oci]) expect(await (await crane.load(path)).configName()).toBe(config);
  });

  it('prints only the digest if the result is in no registry and no layout', async () => {
    const [digest, ...more] = await build([context, '-o', temp.path('app.tar')]);
    expect(digest).toMatch(DIGEST);
    expect(more).toEqual([]);
    expect(await (await crane.load(temp.path('app.tar'))).layers()).toHaveLength(1);
  });

  it('prints nothing after an archive on stdout', async () => {
    const { code, stdout } = await outcomeOf([context, '-o', 'oci-archive:-', '-q']);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/sha256:[0-9a-f]{64}\n$/);
    expect(stdout).toContain('oci-layout');
  });

  it('warns if the result was not kept', async () => {
    const { code, stdout, stderr } = await outcomeOf([context, '--progress=none']);
    expect(code).toBe(0);
    expect(stdout.trim()).toMatch(DIGEST);
    expect(stderr).toBe('Warning: the result was not kept: give --tag to push it, or --output to write it\n');
  });

  it('--json prints all references and digests in one document', async () => {
    const [line = '', ...more] = await build([
      context,
      '--json',
      '-t',
      `${app}:v1`,
      '-o',
      temp.path('x.tar'),
    ]);
    expect(more).toEqual([]);
    const image = await imageOf('v1');
    const digest = await image.digest();
    expect(JSON.parse(line)).toEqual({
      references: [`${app}@${digest}`, `docker-archive:${temp.path('x.tar')}:${app}:v1`],
      digest,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      size: await image.size(),
      configDigest: await image.configName(),
    });
  });

  it('makes an index of several platforms', async () => {
    await writeFile(temp.path('context/Dockerfile'), 'FROM scratch\nARG TARGETARCH\nCOPY a /$TARGETARCH\n');
    const platforms = ['--platform', 'linux/amd64,linux/arm64', '--platform', 'linux/amd64'];
    const annotations = ['--annotation', 'index:level=index', '--annotation', 'level=manifest'];
    const iid = temp.path('iid');
    await build([context, ...platforms, ...annotations, '-t', `${app}:v1`, '--iidfile', iid]);
    const index = JSON.parse(Buffer.from(await crane.manifest(`${app}:v1`)).toString()) as IndexManifest;
    expect(index.annotations).toEqual({ level: 'index' });
    expect(index.manifests.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm64' },
    ]);
    expect(await readFile(iid, 'utf8')).toBe(await crane.digest(`${app}:v1`));
    const child = await crane.pull(`${app}:v1`, { platform: 'linux/arm64' });
    expect((await child.manifest()).annotations).toEqual({ level: 'manifest' });
    const [layer] = await child.layers();
    expect((await headersOf(layer!)).map(({ name }) => name)).toEqual(['arm64']);
  });

  it('mounts the layers of a base in the same registry, and reads none of them', async () => {
    const base = crane.image({ base: Buffer.from('base') });
    await crane.push(base, `${registry.host}/base:v1`);
    const before = registry.requests.length;
    const stdin = `FROM ${registry.host}/base:v1\nCOPY --link a /a\n`;
    await build([context, '-f', '-', '-t', `${app}:v1`], { stdin });
    const requests = registry.requests.slice(before);
    const [layer] = await base.layers();
    const digest = await layer!.digest();
    expect(requests.filter(({ method, url }) => method === 'GET' && url.includes(digest))).toEqual([]);
    expect(requests.some(({ url }) => url.includes(`mount=${encodeURIComponent(digest)}`))).toBe(true);
    expect(await (await imageOf('v1')).layers()).toHaveLength(2);
  });

  it('builds for one --platform', async () => {
    await build([context, '--platform', 'linux/arm64', '-t', `${app}:v1`, '-o', temp.path('app.tar')]);
    expect(await (await imageOf('v1')).configFile()).toMatchObject({ os: 'linux', architecture: 'arm64' });
  });
});

describe('the progress of gantry build', () => {
  it('is a line for each step and each layer, with the time', async () => {
    const { stderr } = await outcomeOf([context, '--platform', 'linux/amd64', '-t', `${app}:v1`]);
    const lines = stderr.split('\n').filter((line) => line.startsWith('['));
    expect(lines).toEqual([
      expect.stringMatching(/^\[linux\/amd64 stage-0 1\/3\] ARG WHO=nobody \(\d+\.\d s\)$/),
      expect.stringMatching(/^\[linux\/amd64 stage-0 2\/3\] COPY a \/a \(\d+\.\d s\)$/),
      expect.stringMatching(/^\[linux\/amd64 stage-0 3\/3\] LABEL who=\S+ \(\d+\.\d s\)$/),
      expect.stringMatching(/^\[linux\/amd64 stage-0 2\/3\] COPY a \/a \(layer of \d+ B, \d+\.\d s\)$/),
    ]);
    expect(stderr).toContain('pushed blob: sha256:');
  });

  it('has one line for an instruction with several lines', async () => {
    const stdin = 'FROM scratch AS base\nCOPY\ta \\\n  /a\nCOPY <<X /b\ntext\nX\n';
    const { stderr } = await outcomeOf([context, '-f', '-', '--platform', 'linux/arm64'], { stdin });
    const steps = [...stderr.matchAll(/^(\[.*\] .*) \(\d+\.\d s\)$/gm)].map(([, step]) => step);
    expect(steps).toEqual(['[linux/arm64 base 1/2] COPY a /a', '[linux/arm64 base 2/2] COPY <<X /b']);
  });

  it('json prints all events', async () => {
    const { stderr } = await outcomeOf([context, '--progress=json', '-t', `${app}:v1`]);
    const events = stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; state: string; line?: number; durationMs?: number });
    expect(new Set(events.map(({ kind }) => kind))).toEqual(
      new Set(['step', 'layer', 'plan', 'blob', 'manifest']),
    );
    const done = events.filter(({ kind, state }) => kind === 'step' && state === 'done');
    expect(done.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect(done.every(({ durationMs = -1 }) => durationMs >= 0)).toBe(true);
  });

  it('shows running steps on a terminal, and erases them', async () => {
    const terminal = { columns: 80, rows: 24 };
    const { stderr } = await outcomeOf([context, '--progress=bars'], { terminal });
    expect(stderr).toMatch(/COPY a \/a \(\d+\.\d s\)\n/);
  });
});
