import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { crane } from 'containerregistry';
import { diskTree } from '../../support/archives/disk-tree.js';
import { type Dockerd, startDockerd } from '../../support/programs/dockerd.js';
import { gantry } from '../../support/programs/gantry.js';
import type { LayerEntry } from '../../support/archives/layer-tar.js';
import { file, directory, layeredImage, link, symlink } from '../../support/images/layered-image.js';
import { describeWithPeers } from '../../support/programs/peers.js';
import { type StartedRegistry, startRegistry } from '../../support/servers/start-registry.js';

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'containerregistry-'));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

const many = Array.from({ length: 200 }, (_, n) =>
  file(`opt/${n % 7}/file-${n}`, 'x'.repeat(n), { mtime: n }),
);
const layers: readonly (readonly LayerEntry[])[] = [
  [
    directory('opt', { mode: 0o555, mtime: 7 }),
    ...Array.from({ length: 7 }, (_, n) => directory(`opt/${n}`, { mode: 0o700 + n, mtime: n + 0.5 })),
    ...many,
    directory('usr'),
    directory('usr/bin'),
    file('usr/bin/tool', 'tool', { mode: 0o755, uid: 10, gid: 20, mtime: 1e9 }),
    { ...link('usr/bin/alias', 'usr/bin/tool'), mode: 0o755, uid: 10, gid: 20, mtime: 1e9 },
    symlink('bin', 'usr/bin'),
    symlink('lib64', '/usr/lib'),
    ...Array.from({ length: 30 }, (_, n) => directory('long/'.repeat(n + 1).slice(0, -1), { mtime: n })),
    file(`${'long/'.repeat(30)}name`, 'long'),
    directory('tmp', { mode: 0o1777 }),
  ],
  [file('opt/3/.wh..wh..opq', ''), directory('opt/3'), file('opt/3/new', 'new'), file('opt/.wh.4', '')],
  [file('usr/bin/tool', 'newer', { mode: 0o711 }), file('big', 'b'.repeat(3_000_000), { mode: 0o400 })],
];

/** Paths with all their metadata, except the times of directories, which neither tool sets after filling them. */
async function look(root: string, without = /^$/): Promise<Record<string, string>> {
  const tree = await diskTree(root, { modes: true });
  return Object.fromEntries(
    Object.entries(tree)
      .filter(([path]) => !without.test(path))
      .map(([path, what]) => {
        const { uid, gid, mtimeMs, nlink } = lstatSync(join(root, path));
        const isFolder = what.endsWith(' /');
        return [path, isFolder ? `${what} ${uid} ${gid}` : [what, uid, gid, mtimeMs, nlink].join(' ')];
      }),
  );
}

function untarred(tar: string): string {
  const root = `${tar}.root`;
  mkdirSync(root);
  // The defaults of gantry: owners are set only as root, and the image has no set-user bits.
  execFileSync('tar', ['-xpf', tar, '--numeric-owner', '-C', root]);
  return root;
}

describeWithPeers('gantry export --to', ['crane'], ({ crane: theirs }) => {
  let registry: StartedRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(async () => {
    await registry.close();
  });

  it('writes the same files as tar unpacks from an export of crane', async () => {
    const reference = `${registry.host}/files:v1`;
    // crane ignores opaque markers, and gives hard links to a replaced file the new content.
    const wrong = ({ name, body }: LayerEntry): boolean => name.includes('.opq') || body === 'newer';
    const heeded = layers.map((entries) => entries.filter((entry) => !wrong(entry)));
    await crane.push(await layeredImage(heeded), reference);
    await theirs.run(['export', reference, join(scratch, 'crane.tar')]);
    const ours = join(scratch, 'ours');
    expect(await gantry(['export', reference, '--to', ours])).toMatchObject({ code: 0 });
    const found = await look(ours);
    expect(Object.keys(found).length).toBeGreaterThan(180);
    expect(found).toEqual(await look(untarred(join(scratch, 'crane.tar'))));
    expect(readdirSync(scratch).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

describeWithPeers('exportTo', ['dockerd', 'docker'], ({ dockerd }) => {
  let engine: Dockerd;
  beforeAll(async () => {
    engine = await startDockerd(dockerd, join(scratch, 'docker'));
  }, 120_000);
  afterAll(async () => {
    await engine.stop();
  }, 60_000);

  /** Files that the engine adds to every container. */
  const own = /^(\.dockerenv|dev|etc|proc|sys)(\/|$)/;

  it('writes the same files as tar unpacks from an export of docker', async () => {
    const image = await layeredImage(layers);
    await crane.save(image, 'files:v1', join(scratch, 'files.tar'));
    await engine.docker('load', '--input', join(scratch, 'files.tar'));
    const container = (await engine.docker('create', 'files:v1', '/x')).trim();
    await engine.docker('export', '--output', join(scratch, 'docker.tar'), container);
    await crane.exportTo(image, join(scratch, 'theirs'));
    expect(await look(join(scratch, 'theirs'))).toEqual(
      await look(untarred(join(scratch, 'docker.tar')), own),
    );
  });
});
