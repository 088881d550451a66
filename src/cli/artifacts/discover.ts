import { discover, type ReferrerNode } from '../../artifact/discover.js';
import { parseLocation } from '../../crane/names/location.js';
import { visible } from '../../errors/visible.js';
import type { Cli } from '../context/cli.js';

export interface DiscoverFlags {
  readonly artifactType?: string;
  readonly depth?: number;
  readonly json?: boolean;
}

/** Prints the artifacts that refer to an image, as a tree. */
export async function discoverArtifacts(cli: Cli, reference: string, flags: DiscoverFlags): Promise<void> {
  const tree = await discover(parseLocation(reference), {
    ...cli.options,
    type: flags.artifactType,
    depth: flags.depth,
  });
  if (flags.json === true) {
    await cli.line(JSON.stringify(tree));
    return;
  }
  await cli.line(tree.reference);
  for (const line of branches(tree.referrers, '')) await cli.line(line);
}

/** One line for each referrer: its type and digest. Control characters are escaped for a pipe, too. */
function* branches(referrers: readonly ReferrerNode[], indent: string): Generator<string> {
  for (const [at, { artifactType = 'unknown type', digest, referrers: below }] of referrers.entries()) {
    const isLast = at === referrers.length - 1;
    yield `${indent}${isLast ? '└──' : '├──'} ${visible(artifactType)} ${digest}`;
    yield* branches(below, `${indent}${isLast ? '   ' : '│  '} `);
  }
}
