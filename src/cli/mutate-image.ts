import { append } from '../crane/append.js';
import { changeConfig } from '../crane/change-config.js';
import { get } from '../crane/get.js';
import { annotations } from '../mutate/annotations.js';
import { parsePlatform } from '../v1/platform.js';
import { isIndex } from '../v1/types.js';
import { layersOf } from './append-to.js';
import type { Cli } from './cli.js';
import { deliver } from './deliver.js';
import { UsageError } from './exit-code.js';

export interface MutateFlags {
  readonly annotation?: readonly string[];
  readonly label?: readonly string[];
  readonly env?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly user?: string;
  readonly workdir?: string;
  readonly exposedPorts?: readonly string[];
  readonly setPlatform?: string;
  readonly append?: readonly string[];
  readonly repo?: string;
  readonly tag?: string;
  readonly output?: string;
  readonly json?: boolean;
}

/** Changes an image of a registry; of an index, the image for `--platform` or linux/amd64. */
export async function mutateImage(cli: Cli, reference: string, flags: MutateFlags): Promise<void> {
  const { signal } = cli.io;
  if (flags.repo !== undefined && flags.tag !== undefined) {
    throw new UsageError('--repo and --tag cannot be used together');
  }
  const added = pairs('annotation', flags.annotation);
  const platform = flags.setPlatform === undefined ? undefined : parsePlatform(flags.setPlatform);
  for (const variable of flags.env ?? []) if (!/^[^=]+=/.test(variable)) throw notPair('env', variable);
  const labels = flags.label && pairs('label', flags.label);

  const found = await get(reference, cli.options);
  if (isIndex(found.mediaType) && flags.annotation !== undefined && cli.platform === undefined) {
    throw new UsageError(
      `${reference} is an index, whose annotations cannot be changed`,
      'choose an image of it with --platform',
    );
  }
  const { env, entrypoint, cmd, user, workdir, exposedPorts } = flags;
  const grown = await append(await found.image({ signal }), layersOf(cli, flags.append ?? []), { signal });
  const changes = { labels, env, entrypoint, cmd, user, workdir, exposedPorts, platform };
  const configured = await changeConfig(grown, changes, { signal });
  const changed = flags.annotation === undefined ? configured : annotations(configured, added);
  await deliver(
    cli,
    changed,
    await targetOf(cli, reference, flags, async () => changed.digest({ signal })),
    flags,
  );
}

async function targetOf(
  cli: Cli,
  reference: string,
  { tag, repo }: MutateFlags,
  digest: () => Promise<string>,
): Promise<string> {
  if (repo === undefined) return tag ?? reference;
  const { repositoryOf } = await import('../crane/options.js');
  return repositoryOf(repo, cli.options)
    .digest(await digest())
    .name();
}

function pairs(flag: string, given: readonly string[] = []): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, value] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined) throw notPair(flag, text);
      return [name, value];
    }),
  );
}

function notPair(flag: string, text: string): UsageError {
  return new UsageError(`--${flag} ${JSON.stringify(text)} is not name=value`);
}
