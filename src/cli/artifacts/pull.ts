import { pull } from '../../artifact/pull.js';
import { parseLocation } from '../../crane/names/location.js';
import type { Cli } from '../context/cli.js';

export interface PullFlags {
  readonly output: string;
  readonly keepOldFiles?: boolean;
  readonly json?: boolean;
}

/** Pulls the files of an artifact, and prints their paths. */
export async function pullArtifact(cli: Cli, reference: string, flags: PullFlags): Promise<void> {
  // A directory may be called `memory`.
  const directory = flags.output === 'memory' ? './memory' : flags.output;
  const pulled = await pull(parseLocation(reference), directory, {
    ...cli.options,
    overwrite: flags.keepOldFiles !== true,
  });
  const { digest, mediaType, size, type, annotations, files } = pulled;
  if (flags.json === true) {
    await cli.line(JSON.stringify({ digest, mediaType, size, artifactType: type, annotations, files }));
    return;
  }
  for (const { path } of files) if (path !== undefined) await cli.line(path);
  const unnamed = files.filter(({ path }) => path === undefined);
  if (unnamed.length === 0) return;
  cli.warn(
    `${unnamed.length} of ${files.length} blobs have no file name and were not written; ` +
      `\`gantry blob\` prints one, such as ${unnamed[0]?.digest ?? ''}`,
  );
}
