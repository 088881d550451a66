import { Option } from 'commander';
import { type Declare, commaSeparated, withExample } from '../../context/declare.js';

interface ListFlags {
  readonly json?: boolean;
}

interface AppendFlags {
  readonly manifest?: readonly string[];
  readonly tag?: string;
  readonly dockerEmptyBase?: boolean;
  readonly flatten: 'true' | 'false';
  readonly json?: boolean;
}

interface FilterFlags {
  readonly tag?: string;
  readonly json?: boolean;
}

export const declareIndex: Declare = (program, open) => {
  const index = program.command('index').description('list and change image indexes');
  withExample(
    index
      .command('list')
      .description('list the manifests of an index, as a table')
      .argument('<index>', 'reference or other location of the index, or the directory of an OCI layout')
      .option('--json', 'print one descriptor per line, as in the index')
      .action(async (reference: string, flags: ListFlags) => {
        const { listIndex } = await import('../../actions/list-index.js');
        await listIndex(open(), reference, flags);
      }),
    'gantry index list busybox:1.36',
  );
  withExample(
    index
      .command('append')
      .description('add manifests to an index, and push the result')
      .argument('[base]', 'reference or other location of the index to start from (default: an empty one)')
      .option(
        '-m, --manifest <image>',
        'image or index to add, from any location; may be repeated',
        commaSeparated,
      )
      .option('-t, --tag <image>', 'reference of the result (default: that of the base)')
      .option(
        '--docker-empty-base',
        'start from an empty index with the Docker media type instead of the OCI media type',
      )
      .addOption(
        new Option('--flatten <boolean>', 'add the manifests of an index instead of the index itself')
          .choices(['true', 'false'])
          .default('true'),
      )
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (base: string | undefined, flags: AppendFlags) => {
        const { indexAppend } = await import('../../actions/change-index.js');
        await indexAppend(open(), base, flags);
      }),
    'gantry index append -m app:amd64 -m app:arm64 -t registry.example/team/app:v1',
  );
  withExample(
    index
      .command('filter')
      .description('keep the manifests of an index that are for --platform, and push the result')
      .argument('<index>', 'reference of the index')
      .option(
        '-t, --tag <image>',
        'reference of the result (default: that of the index, with the new digest if it has a digest)',
      )
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (reference: string, flags: FilterFlags) => {
        const { indexFilter } = await import('../../actions/change-index.js');
        await indexFilter(open(), reference, flags);
      }),
    'gantry index filter busybox:1.36 --platform linux/amd64 --platform linux/arm64 -t registry.example/busybox:two',
  );
  return index;
};
