import { execFileSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, readlink, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { artifact, crane } from 'containerregistry';
import { type DockerRegistry, startDockerRegistry } from '../../support/programs/docker-registry.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';
import { useTempDir } from '../../support/tools/temp-dir.js';

const CREATED = 'org.opencontainers.image.created';
const DATE = '2024-01-01T00:00:00Z';
const temp = useTempDir();

/** All files below a directory with their content, and links with their targets. */
async function treeOf(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(directory, file);
    if (entry.isSymbolicLink()) found[name] = `-> ${await readlink(file)}`;
    else if (entry.isFile()) found[name] = await readFile(file, 'utf8');
  }
  return found;
}

describeWithPeers(
  'artifacts beside oras',
  ['oras', 'docker-registry'],
  ({ oras, 'docker-registry': tool }) => {
    let embedded: StartedRegistry;
    let distribution: DockerRegistry;
    let files: string;

    beforeAll(async () => {
      [embedded, distribution] = await Promise.all([startRegistry(), startDockerRegistry(tool)]);
    });
    afterAll(async () => {
      await Promise.all([embedded.close(), distribution.close()]);
    });
    beforeEach(async () => {
      files = temp.path('files');
      await mkdir(path.join(files, 'docs/deep'), { recursive: true });
      await writeFile(path.join(files, 'report.json'), '{"a":1}\n');
      await writeFile(path.join(files, 'notes.txt'), 'notes\n');
      await writeFile(path.join(files, 'config.json'), '{"version":3}');
      await writeFile(path.join(files, 'docs/deep/run'), '#!/bin/sh\n');
      await chmod(path.join(files, 'docs/deep/run'), 0o755);
      await symlink('deep/run', path.join(files, 'docs/link'));
    });

    /** Runs oras in the directory of the files, and returns its JSON. */
    const run = async (...args: readonly string[]): Promise<{ readonly digest: string }> => {
      const [verb = '', ...rest] = args;
      const output = await oras.run([verb, '--plain-http', '--format', 'json', ...rest], { cwd: files });
      return JSON.parse(output) as { digest: string };
    };
    const at = (name: string): string => path.join(files, name);
    const hosts = (): readonly string[] => [embedded.host, distribution.host];

    const created = { [CREATED]: DATE };
    const flags = ['-a', `${CREATED}=${DATE}`];

    it.each<[string, readonly string[], () => artifact.ArtifactDefinition]>([
      [
        'a type, and files without media types',
        ['--artifact-type', 'application/vnd.test.report', 'report.json', 'notes.txt'],
        () => ({
          type: 'application/vnd.test.report',
          files: [
            { path: at('report.json'), title: 'report.json' },
            { path: at('notes.txt'), title: 'notes.txt' },
          ],
        }),
      ],
      [
        'media types, annotations in any order, and characters that Go escapes',
        ['-a', 'z=<1> & "2"', '-a', 'a=ü', '--artifact-type', 'a/b', 'notes.txt:text/plain'],
        () => ({
          type: 'a/b',
          annotations: { z: '<1> & "2"', a: 'ü' },
          files: [{ content: 'notes\n', title: 'notes.txt', mediaType: 'text/plain' }],
        }),
      ],
      [
        'neither type nor config',
        ['notes.txt'],
        () => ({ files: [{ content: 'notes\n', title: 'notes.txt' }] }),
      ],
      [
        'a config without a type',
        ['--config', 'config.json', 'notes.txt'],
        () => ({ config: { path: at('config.json') }, files: [{ content: 'notes\n', title: 'notes.txt' }] }),
      ],
      [
        'a config with a media type, and a type',
        ['--config', 'config.json:application/vnd.c+json', '--artifact-type', 'a/b', 'notes.txt'],
        () => ({
          type: 'a/b',
          config: { content: '{"version":3}', mediaType: 'application/vnd.c+json' },
          files: [{ path: at('notes.txt'), title: 'notes.txt' }],
        }),
      ],
      ['no files', ['--artifact-type', 'a/b'], () => ({ type: 'a/b' })],
      [
        'two files with the same content',
        ['--artifact-type', 'a/b', 'notes.txt:x/y', 'report.json:x/z'],
        () => ({
          type: 'a/b',
          files: [
            { path: at('notes.txt'), title: 'notes.txt', mediaType: 'x/y' },
            { path: at('report.json'), title: 'report.json', mediaType: 'x/z' },
          ],
        }),
      ],
    ])('push gives the digest of oras: %s', async (title, args, definition) => {
      if (title === 'two files with the same content') await writeFile(at('report.json'), 'notes\n');
      for (const host of hosts()) {
        const theirs = await run('push', `${host}/theirs:v1`, ...flags, ...args);
        const given = definition();
        const annotations = { ...created, ...given.annotations };
        const ours = await artifact.push(`${host}/ours:v1`, { ...given, annotations });
        expect(await crane.manifest(`${host}/ours:v1`)).toEqual(await crane.manifest(`${host}/theirs:v1`));
        expect(ours.digest).toBe(theirs.digest);
      }
    });

    it('attach gives the digest of oras, with the API for referrers and with the fallback tag', async () => {
      for (const host of hosts()) {
        const subject = `${host}/attached:v1`;
        await crane.push(crane.image({ a: Buffer.from(host) }), subject);
        const theirs = await run(
          'attach',
          ...flags,
          '--artifact-type',
          'a/sbom',
          subject,
          'notes.txt:text/plain',
        );
        const file = { path: at('notes.txt'), title: 'notes.txt', mediaType: 'text/plain' };
        const ours = await artifact.attach(subject, { type: 'a/sbom', annotations: created, files: [file] });
        expect(ours.digest).toBe(theirs.digest);
        const other = await artifact.attach(subject, {
          type: 'a/other',
          annotations: created,
          files: [file],
        });
        const nested = await artifact.attach(other.reference, { type: 'a/nested', annotations: created });

        const tree = await artifact.discover(subject);
        const listed = (await run('discover', subject)) as unknown as OrasNode;
        expect(shape(tree)).toEqual(shape(listed));
        expect(tree.referrers.map(({ digest }) => digest).sort()).toEqual([ours.digest, other.digest].sort());
        expect((await artifact.discover(subject, { type: 'a/other' })).referrers[0]?.referrers).toEqual([]);
        expect(JSON.stringify(tree)).toContain(nested.digest);
      }
    });

    it('oras pulls what push wrote, with a packed directory', async () => {
      for (const [index, host] of hosts().entries()) {
        await artifact.push(`${host}/for-oras:v1`, {
          type: 'a/b',
          files: [
            { path: at('docs'), title: 'docs' },
            { path: at('report.json'), title: 'sub/report.json' },
          ],
        });
        const out = temp.path(`out-${index}`);
        await run('pull', '-o', out, `${host}/for-oras:v1`);
        expect(await treeOf(out)).toEqual({
          'docs/deep/run': '#!/bin/sh\n',
          'docs/link': '-> deep/run',
          'sub/report.json': '{"a":1}\n',
        });
        expect((await stat(path.join(out, 'docs/deep/run'))).mode & 0o777).toBe(0o755);
      }
    });

    it('pull writes what oras pushed, with a packed directory', async () => {
      for (const [index, host] of hosts().entries()) {
        const pushed = await run('push', `${host}/by-oras:v1`, 'docs', 'report.json:application/json');
        const out = temp.path(`out-${index}`);
        const pulled = await artifact.pull(`${host}/by-oras:v1`, out);
        expect(pulled.digest).toBe(pushed.digest);
        expect(pulled.files.map((file) => file.path)).toEqual([
          path.join(out, 'docs'),
          path.join(out, 'report.json'),
        ]);
        expect(await treeOf(out)).toEqual({
          'docs/deep/run': '#!/bin/sh\n',
          'docs/link': '-> deep/run',
          'report.json': '{"a":1}\n',
        });
        expect((await stat(path.join(out, 'docs/deep/run'))).mode & 0o777).toBe(0o755);
        // A second pull replaces the files.
        await writeFile(path.join(out, 'docs/deep/run'), 'changed');
        await artifact.pull(`${host}/by-oras:v1`, out);
        expect((await treeOf(out))['docs/deep/run']).toBe('#!/bin/sh\n');
      }
    });

    it('pull writes the current directory that oras packed, whose title is a dot', async () => {
      await run('push', `${embedded.host}/dot:v1`, '.');
      await artifact.pull(`${embedded.host}/dot:v1`, temp.path('out'));
      expect(await treeOf(temp.path('out'))).toEqual(await treeOf(files));
    });

    it('packs the entries that oras packs; only times and the compression differ', async () => {
      await run('push', `${embedded.host}/packed:oras`, 'docs');
      await artifact.push(`${embedded.host}/packed:ours`, { files: [{ path: at('docs'), title: 'docs' }] });
      const listings = await Promise.all(
        ['oras', 'ours'].map(async (tag) => {
          const { files: pulled } = await artifact.pull(`${embedded.host}/packed:${tag}`);
          const tar = gunzipSync(pulled[0]!.content);
          const listing = execFileSync('tar', ['--numeric-owner', '-tvf', '-'], { input: tar }).toString();
          return listing.replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d/g, 'TIME').replaceAll('/\n', '\n');
        }),
      );
      expect(listings[1]).toBe(listings[0]);
    });

    it('oras reads the artifacts and referrers of a layout that push and attach wrote, and the reverse', async () => {
      const directory = temp.path('layout');
      const layout = { kind: 'oci', path: directory, tag: 'v1' } as const;
      const pushed = await artifact.push(layout, { type: 'a/b', files: [{ content: 'x', title: 'x' }] });
      await artifact.attach(layout, { type: 'a/signature', files: [{ content: 's', title: 's' }] });
      await oras.run(
        ['attach', '--oci-layout', '--artifact-type', 'a/sbom', `${directory}:v1`, 'notes.txt'],
        {
          cwd: files,
        },
      );
      const listed = JSON.parse(
        await oras.run(['discover', '--oci-layout', '--format', 'json', `${directory}:v1`]),
      ) as OrasNode;
      expect(listed.digest).toBe(pushed.digest);
      const tree = await artifact.discover(layout);
      expect(shape(tree)).toEqual(shape(listed));
      expect(tree.referrers.map(({ artifactType }) => artifactType).sort()).toEqual([
        'a/sbom',
        'a/signature',
      ]);
      await oras.run(['pull', '--oci-layout', '-o', temp.path('out'), `${directory}:v1`]);
      expect(await treeOf(temp.path('out'))).toEqual({ x: 'x' });
    });
  },
);

interface OrasNode {
  readonly digest: string;
  readonly artifactType?: string;
  readonly size: number;
  readonly referrers?: readonly OrasNode[];
}

interface Shape {
  readonly digest: string;
  readonly size: number;
  readonly referrers: readonly Shape[];
}

/** A tree of referrers without what oras and this package name differently, sorted. */
function shape({ digest, size, referrers = [] }: OrasNode | artifact.ReferrerNode): Shape {
  const below = referrers.map(shape).sort((a, b) => (a.digest < b.digest ? -1 : 1));
  return { digest, size, referrers: below };
}
