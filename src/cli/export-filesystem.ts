import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportImage } from '../crane/export.js';
import { load } from '../crane/load.js';
import { pull } from '../crane/pull.js';
import { writeFileAtomic } from '../internal/atomic-file.js';
import type { Cli } from './cli.js';

/** Writes the filesystem of an image, of a registry or in an archive on stdin, to a file or to stdout. */
export async function exportFilesystem(cli: Cli, source: string, target: string): Promise<void> {
  const { signal, stdout } = cli.io;
  const to = target === '-' ? stdout : target;
  if (source !== '-') {
    await exportImage(await pull(source, cli.options), to, { signal });
    return;
  }
  // The layers of an archive are read in another order than they come in.
  const dir = await mkdtemp(path.join(tmpdir(), 'gantry-'));
  try {
    const archive = path.join(dir, 'image.tar');
    await writeFileAtomic(archive, cli.io.stdin, { signal });
    await exportImage(await load(archive, cli.options), to, { signal });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
