import { type Declare, withExample } from '../context/declare.js';

interface GcFlags {
  readonly delete?: boolean;
  readonly json?: boolean;
}

interface ListFlags {
  readonly json?: boolean;
}

export const declareLayout: Declare = (program, open) => {
  const layout = program.command('layout').description('list and clean OCI layouts on the disk');
  withExample(
    layout
      .command('ls')
      .description('list the images of a layout, including those of its indexes')
      .argument('<dir>', 'directory of the layout')
      .option('--json', 'print {"tags","digest","platform"} per line')
      .action(async (dir: string, flags: ListFlags) => {
        const { listLayout } = await import('../actions/layout.js');
        await listLayout(open(), dir, flags);
      }),
    'gantry layout ls images',
  );
  withExample(
    layout
      .command('gc')
      .description('print the blobs of a layout that its index.json does not refer to')
      .argument('<dir>', 'directory of the layout')
      .option('--delete', 'delete these blobs, and incomplete files of processes that were killed')
      .option('--json', 'print one JSON string per line')
      .action(async (dir: string, flags: GcFlags) => {
        const { collectGarbage } = await import('../actions/layout.js');
        await collectGarbage(open(), dir, flags);
      }),
    'gantry layout gc --delete images',
  );
  return layout;
};
