import { type Declare, withExample } from '../../context/declare.js';

interface Flags {
  readonly fullRef?: boolean;
  readonly omitDigestTags?: boolean;
  readonly json?: boolean;
}

/** Tags that tools create for signatures and referrers, such as `sha256-<hex>.sig`. */
const digestTag = /^sha(?:256|512)-[0-9a-f]{64,128}(?:\..*)?$/;

export const declareLs: Declare = (program, open) =>
  withExample(
    program
      .command('ls')
      .description('list the tags of a repository')
      .argument('<repository>', 'repository to list')
      .option('--full-ref', 'print full references')
      .option(
        '-O, --omit-digest-tags',
        'leave out tags that are named after digests, such as those of signatures',
      )
      .option('--json', 'print one JSON string per line')
      .action(async (repository: string, flags: Flags) => {
        const { tags } = await import('../../../crane/list-tags.js');
        const cli = open();
        for await (const tag of tags(repository, cli.options)) {
          if (flags.omitDigestTags === true && digestTag.test(tag.tagStr())) continue;
          const text = flags.fullRef === true ? tag.name() : tag.tagStr();
          await cli.line(flags.json === true ? JSON.stringify(text) : text);
        }
      }),
    'gantry ls --omit-digest-tags registry.example/team/app',
  );
