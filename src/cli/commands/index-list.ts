import { type Declare, withExample } from './declare.js';

interface Flags {
  readonly json?: boolean;
}

export const declareIndex: Declare = (program, open) => {
  const index = program.command('index').description('look into image indexes');
  withExample(
    index
      .command('list')
      .description('list the manifests of an index, as a table')
      .argument('<index>', 'reference of the index, or the directory of an OCI layout')
      .option('--json', 'print one descriptor per line, as the index has it')
      .action(async (reference: string, flags: Flags) => {
        const { listIndex } = await import('../list-index.js');
        await listIndex(open(), reference, flags);
      }),
    'gantry index list busybox:1.36',
  );
  return index;
};
