import { execFileSync } from 'node:child_process';
import { chmod, link, symlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { layerFromOpener } from '../../../src/partial/layers/layer-source.js';
import { createTar } from '../../../src/internal/tar/tar.js';
import type { TarHeaderInput } from '../../../src/internal/tar/format/encode.js';
import { empty, mutate } from '../../../src/index.js';
import type { Image } from '../../../src/v1/index.js';
import { makeFiles } from '../../support/archives/make-files.js';

const OLD = new Date('2001-02-03T04:05:06Z');

/** Writes a context with links, modes, times, archives and rules that leave files out. */
export async function writeContext(directory: string): Promise<string> {
  await makeFiles(directory, {
    'a.txt': 'a\n',
    'b.txt': 'b\n',
    'sub/c.txt': 'c\n',
    'sub/deep/d.txt': 'd\n',
    'dirA/': '',
    'pkg/one/package.json': '{}',
    'pkg/one/src/index.js': '1',
    'pkg/two/package.json': '{"a":1}',
    'pkg/two/node_modules/x/package.json': '{}',
    'fake.tar': 'not tar\n',
    'space name.txt': 's',
    '[odd].txt': 'o',
    'ignored/keep.txt': 'k',
    'ignored/lost.txt': 'l',
    'docs/readme.md': 'r',
    'empty.txt': '',
    '.dockerignore': '# rules\nignored/*\n!ignored/keep.txt\n**/*.md\n',
  });
  const at = (name: string): string => path.join(directory, name);
  await chmod(at('a.txt'), 0o4755);
  await chmod(at('b.txt'), 0o600);
  await chmod(at('dirA'), 0o1777);
  await chmod(at('sub/deep'), 0o700);
  await symlink('a.txt', at('link'));
  await symlink('sub', at('dlink'));
  await symlink('/etc/passwd', at('outside'));
  await symlink('../../../../../../../../etc/hostname', at('climbing'));
  await link(at('sub/c.txt'), at('sub/hard.txt'));
  for (const tar of ['t.tar', 't.tgz', 't.tar.bz2', 't.tar.xz', 't.renamed'])
    execFileSync('tar', ['-C', directory, '--owner=7', '--group=8', '-caf', at(tar), 'a.txt', 'sub'], {
      stdio: 'pipe',
    });
  // BuildKit does not keep the time of a directory, if it has read an earlier state of the context.
  for (const name of ['a.txt', 'sub/c.txt']) await utimes(at(name), OLD, OLD);
  return directory;
}

const BASE: readonly (TarHeaderInput & { readonly content?: string })[] = [
  { name: 'etc/', type: 'directory', mode: 0o755 },
  { name: 'etc/passwd', mode: 0o644, content: 'root:x:0:0::/:/bin/sh\napp:x:1234:5678::/:/bin/sh\n' },
  { name: 'etc/group', mode: 0o644, content: 'root:x:0:\nappg:x:5678:\nother:x:99:app\n' },
  { name: 'real/', type: 'directory', mode: 0o755 },
  { name: 'real/inner/', type: 'directory', mode: 0o750, uid: 5 },
  { name: 'real/inner/x', mode: 0o640, uid: 5, gid: 6, content: 'x' },
  { name: 'target/', type: 'directory', mode: 0o700, uid: 11, gid: 12 },
  { name: 'target/deep/', type: 'directory', mode: 0o711, uid: 13 },
  { name: 'target/c.txt', mode: 0o600, content: 'old' },
  { name: 'slink', type: 'symlink', mode: 0o777, linkName: '/real' },
  { name: 'dangling', type: 'symlink', mode: 0o777, linkName: 'nowhere' },
  { name: 'up', type: 'symlink', mode: 0o777, linkName: '../../../etc' },
  { name: 'loop', type: 'symlink', mode: 0o777, linkName: 'loop' },
  { name: 'file', mode: 0o644, content: 'x' },
  { name: 'hard', type: 'link', linkName: 'file' },
  { name: 'gone', mode: 0o600, content: 'gone' },
];

/** The base image of the comparisons: two layers, the second of which removes a file of the first. */
export function baseImage(): Image {
  const time = Math.floor(OLD.getTime() / 1000);
  const layers = [BASE, [{ name: '.wh.gone' }, { name: 'late', mode: 0o644, content: 'late' }]].map(
    (entries) =>
      layerFromOpener(() => {
        const tar = createTar();
        const write = async (): Promise<void> => {
          for (const { content, ...header } of entries)
            await tar.add(
              { mtime: time, ...header },
              content === undefined ? undefined : Buffer.from(content),
            );
          await tar.finish();
        };
        write().catch((error: unknown) => tar.stream.destroy(error as Error));
        return tar.stream;
      }),
  );
  const start = mutate.configFile(empty.image, {
    architecture: 'amd64',
    os: 'linux',
    created: '2020-01-01T00:00:00Z',
    rootfs: { type: 'layers', diff_ids: [] },
    config: {
      Env: ['PATH=/bin', 'BASE=from base'],
      Cmd: ['sh'],
      WorkingDir: '/srv/app/',
      Labels: { base: '1' },
    },
  });
  const created = '2020-01-01T00:00:00Z';
  return mutate.append(
    start,
    layers.map((layer, at) => ({ layer, history: { created, created_by: `step ${at}` } })),
  );
}
