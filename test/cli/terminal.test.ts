import { execFile, spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { visible } from '../../src/errors/visible.js';
import { dockerArchive, dockerTar } from '../support/archives/docker-archive.js';
import { gantry, gantryPath } from '../support/programs/gantry.js';
import { hostileRegistry } from './hostile-registry.js';
import { HOSTILE, HOSTILE_NAME, obeyed } from '../support/tools/hostile-text.js';
import { useServers } from '../support/servers/http-server.js';
import { layerTar } from '../support/archives/layer-tar.js';
import { sha256Of } from '../support/tools/read-all.js';
import { startRegistry } from '../support/servers/start-registry.js';
import { useTempDir } from '../support/tools/temp-dir.js';

const temp = useTempDir();
const servers = useServers();
const size = { columns: 80, rows: 24 };

/** Puts content into a layout and describes it. */
async function blob(dir: string, mediaType: string, content: Buffer, more: object = {}): Promise<object> {
  const digest = sha256Of(content);
  await mkdir(`${dir}/blobs/sha256`, { recursive: true });
  await writeFile(`${dir}/blobs/sha256/${digest.slice('sha256:'.length)}`, content);
  return { mediaType, digest, size: content.byteLength, ...more };
}

/** A layout of two images with hostile text in every string. */
async function writeHostileLayout(dir: string): Promise<void> {
  const platform = { os: `linux${HOSTILE}`, architecture: HOSTILE };
  const images = [1, 2].map(async (at) => {
    const tar = await layerTar([
      { name: `${at}${HOSTILE_NAME}`, body: 'x' },
      { name: `dev${HOSTILE_NAME}`, type: 'character-device' },
      { name: `link${HOSTILE_NAME}`, linkName: `none${HOSTILE_NAME}`, type: 'link' },
    ]);
    const config = {
      ...platform,
      author: HOSTILE,
      config: { Labels: { [HOSTILE]: HOSTILE } },
      history: [{ created_by: HOSTILE, comment: HOSTILE }],
      rootfs: { type: 'layers', diff_ids: [sha256Of(tar)] },
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: await blob(dir, `application/${HOSTILE}`, Buffer.from(JSON.stringify(config))),
      layers: [await blob(dir, `application/${HOSTILE}`, gzipSync(tar))],
      annotations: { [HOSTILE]: HOSTILE },
    };
    return blob(dir, manifest.mediaType, Buffer.from(JSON.stringify(manifest)), {
      platform,
      annotations: { 'org.opencontainers.image.ref.name': `v${at}${HOSTILE}`, [HOSTILE]: HOSTILE },
    });
  });
  const index = {
    schemaVersion: 2,
    manifests: await Promise.all(images),
    annotations: { [HOSTILE]: HOSTILE },
  };
  await writeFile(`${dir}/index.json`, JSON.stringify(index));
  await writeFile(`${dir}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
}

/** Archives of `docker save` with hostile names, one of two images and one without a layer that it lists. */
async function writeHostileArchives(): Promise<void> {
  const layers = [await layerTar([{ name: `a${HOSTILE_NAME}`, body: 'x' }])];
  const images = [1, 2].map((at) =>
    dockerArchive({
      layers,
      names: [`layer${at}${HOSTILE_NAME}.tar`],
      tags: [`app${HOSTILE}:v${at}`],
      configName: `config${at}${HOSTILE_NAME}.json`,
    }),
  );
  await writeFile(temp.path('two.tar'), dockerTar(...images));
  const lacking = dockerArchive({
    layers: [],
    manifestEntry: { Layers: [`none${HOSTILE_NAME}`], RepoTags: null },
  });
  await writeFile(temp.path('lacking.tar'), dockerTar(lacking));
}

const commands: readonly (readonly string[])[] = [
  ['index', 'list', 'LAYOUT'],
  ['index', 'list', 'REG/app:index'],
  ['layout', 'ls', 'LAYOUT'],
  ['layout', 'gc', 'LAYOUT'],
  ['digest', 'oci:LAYOUT'],
  ['digest', '--platform', 'linux/amd64', 'oci:LAYOUT'],
  ['digest', '--platform', 'linux/amd64', 'REG/app:index'],
  ['pull', '--platform', 'linux/amd64', 'REG/app:index', 'OUT.tar'],
  ['pull', '--platform', 'all', '--format', 'oci', 'REG/app:index', 'OUT'],
  ['push', 'LAYOUT', 'GOOD/app:v1'],
  ['push', 'LAYOUT'],
  ['push', '--index', 'LAYOUT', 'GOOD/app:v1'],
  ['push', '--tag', 'none', 'LAYOUT', 'GOOD/app:v1'],
  ['push', 'two.tar'],
  ['push', 'two.tar', 'GOOD/app:v1'],
  ['push', '--tag', 'none', 'two.tar', 'GOOD/app:v1'],
  ['push', 'lacking.tar', 'GOOD/app:v1'],
  ['copy', 'oci:LAYOUT', 'GOOD/app:v1'],
  ['copy', 'REG/app:index', 'GOOD/app:v1'],
  ['copy', '-a', 'REG/app', 'GOOD/app'],
  ['export', 'REG/app:image', 'OUT.tar'],
  ['export', 'docker-archive:two.tar', 'OUT.tar'],
  ['export', 'first.tar', '--to', 'OUT'],
  ['export', 'hostile.tar', '--to', 'OUT'],
  ['flatten', 'REG/app:image', '-t', 'GOOD/app:v1'],
  ['flatten', 'REG/app:index', '-t', 'GOOD/app:v1'],
  ['mutate', 'REG/app:image', '--time', '0', '-t', 'GOOD/app:v1'],
  ['rebase', 'REG/app:image', '--old_base', 'REG/app:index', '--new_base', 'REG/app:image', '-t', 'GOOD/app'],
  ['append', '-b', 'REG/app:image', '-f', 'hostile.tar', '-t', 'GOOD/app:v1'],
  ['index', 'filter', '--platform', 'linux/s390x', 'REG/app:index', '-t', 'GOOD/app:v1'],
  ['index', 'append', 'REG/app:index', '-m', 'REG/app:image', '-t', 'GOOD/app:v1'],
  ['validate', '--remote', 'REG/app:image'],
  ['validate', '--remote', 'REG/app:index'],
  ['validate', '--layout', 'LAYOUT'],
  ['validate', '--tarball', 'two.tar'],
  ['validate', '--json', '--layout', 'LAYOUT'],
  ['ls', 'REG/app'],
  ['ls', 'REG/refused'],
  ['catalog', 'REG'],
  ['manifest', 'REG/app:index'],
  ['manifest', '-v', 'REG/app:index'],
  ['manifest', '--progress', 'json', 'REG/app:index'],
  ['manifest', 'REG/app:none'],
  ['manifest', 'REG/refused:x'],
  ['manifest', 'REG/html:x'],
  ['manifest', 'REG/away:x'],
  ['manifest', '-v', 'REG/guarded:x'],
  ['delete', 'REG/refused:x'],
  ['tag', 'REG/app:index', `v${HOSTILE}`],
  ['config', 'REG/app:image'],
  ['blob', 'REG/app@CONFIG'],
  ['index', 'list', '--json', 'LAYOUT'],
  ['layout', 'ls', '--json', 'LAYOUT'],
  ['digest', `docker.io/x${HOSTILE}`],
  [`unknown${HOSTILE}`],
  ['ls', `--unknown${HOSTILE}`],
  ['push', `none${HOSTILE_NAME}.tar`, 'GOOD/app'],
  ['auth', 'get', `r.example${HOSTILE}`],
];

describe('V1: no output controls a terminal', () => {
  let locations: Readonly<Record<string, string>>;
  let close: () => Promise<void>;
  beforeEach(async () => {
    const registry = await servers.http(hostileRegistry());
    const good = await startRegistry();
    close = async () => good.close();
    await writeHostileLayout(temp.path('layout'));
    await writeHostileArchives();
    const tar = await layerTar([
      { name: `${'long'.repeat(80)}${HOSTILE_NAME}`, body: 'x' },
      { name: `../out${HOSTILE_NAME}`, body: 'x' },
    ]);
    await writeFile(temp.path('hostile.tar'), tar);
    const devices = await layerTar([{ name: `dev${HOSTILE_NAME}`, type: 'character-device' }]);
    await writeFile(temp.path('first.tar'), dockerTar(dockerArchive({ layers: [devices] })));
    const config = (await gantry(['config', `${registry.host}/app:image`])).stdout;
    locations = {
      REG: registry.host,
      GOOD: good.host,
      LAYOUT: temp.path('layout'),
      OUT: temp.path('out'),
      CONFIG: sha256Of(Buffer.from(config)),
    };
  });
  afterEach(async () => close());

  const real = (args: readonly string[]): string[] =>
    args.map((arg) =>
      arg
        .replace(/REG|GOOD|LAYOUT|OUT|CONFIG/g, (word) => locations[word] ?? '')
        .replace(
          /^(docker-archive:)?(\w+\.tar)$/,
          (_all, kind: string | undefined, file: string) => (kind ?? '') + temp.path(file),
        ),
    );

  it.each(commands.map((args) => ({ args })))('$args', async ({ args }) => {
    // Logs are also read on terminals, so messages are escaped in a pipe, too.
    expect(obeyed((await gantry(real(args))).stderr)).toEqual([]);
    const { stdout, stderr } = await gantry(real(args), { terminal: size });
    expect(obeyed(stdout + stderr)).toEqual([]);
  });

  it.each([
    { args: ['manifest', 'REG/app:index'] },
    { args: ['config', 'REG/app:image'] },
    { args: ['blob', 'REG/app@CONFIG'] },
    { args: ['index', 'list', '--json', 'LAYOUT'] },
    { args: ['layout', 'ls', '--json', 'LAYOUT'] },
  ])('but a pipe gets the bytes of $args, and a terminal the same JSON', async ({ args }) => {
    const piped = await gantry(real(args));
    expect(piped.stdout).toContain(JSON.stringify(HOSTILE).slice(1, -1));
    const shown = await gantry(real(args), { terminal: size });
    const parsed = (text: string): unknown[] =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown);
    expect(parsed(shown.stdout)).toEqual(parsed(piped.stdout));
  });

  it('prints a table with the same rows to a pipe', async () => {
    const listing = await gantry(['layout', 'ls', temp.path('layout')]);
    expect(listing.stdout.trimEnd().split('\n')).toHaveLength(3);
    expect(listing.stdout).toContain(`v1${visible(HOSTILE)}`);
  });

  it('refuses to write an archive to a terminal', async () => {
    for (const args of [
      ['export', `docker-archive:${temp.path('one.tar')}`],
      ['pull', `${locations.REG ?? ''}/app:image`, '-'],
    ]) {
      await writeFile(temp.path('one.tar'), dockerTar(dockerArchive({ layers: [await layerTar([])] })));
      const { code, stdout, stderr } = await gantry(args, { terminal: size });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(
        'Error: a terminal cannot show an archive; name a file, or send stdout to one\n',
      );
    }
  });
});

const script = spawnSync('script', ['--version']).status === 0;
if (!script) console.warn('skipped: a real terminal (there is no script(1))');

(script ? it : it.skip)('V1: gantry escapes output for a real terminal and not for a pipe', async () => {
  await writeHostileLayout(temp.path('layout'));
  const command = `'${process.execPath}' '${gantryPath}' index list --json '${temp.path('layout')}'`;
  const run = promisify(execFile);
  const piped = await run('sh', ['-c', command]);
  expect(obeyed(piped.stdout)).not.toEqual([]);
  await run('script', ['-qec', command, temp.path('log')]);
  const shown = await readFile(temp.path('log'), 'utf8');
  // script(1) adds lines of its own, and a terminal ends lines with a carriage return.
  const lines = shown.split('\n').filter((line) => line.startsWith('{'));
  expect(lines).toHaveLength(2);
  expect(obeyed(lines.join('').replaceAll('\r', ''))).toEqual([]);
});
