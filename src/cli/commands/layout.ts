import { type Declare, withExample } from '../context/declare.js';

interface GcFlags {
  readonly delete?: boolean;
  readonly json?: boolean;
}

interface ListFlags {
  readonly json?: boolean;
}

export const declareLayout: Declare = (program, open) => {
  const layout = program.command('layout').description('look after OCI layouts on the disk');
  withExample(
    layout
      .command('ls')
      .description('list the images of a layout, those of indexes in it too')
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
      .description('print the blobs of a layout that nothing in its index.json leads to')
      .argument('<dir>', 'directory of the layout')
      .option('--delete', 'delete them, and what killed writers left behind')
      .option('--json', 'print one JSON string per line')
      .action(async (dir: string, flags: GcFlags) => {
        const { collectGarbage } = await import('../actions/layout.js');
        await collectGarbage(open(), dir, flags);
      }),
    'gantry layout gc --delete images',
  );
  return layout;
};
