import { type Declare, wholeNumber, withExample } from '../../context/declare.js';

interface Flags {
  readonly dryRun?: boolean;
  readonly jobs?: number;
  readonly json?: boolean;
}

export const declareSync: Declare = (program, open) =>
  withExample(
    program
      .command('sync')
      .description('copy the images that a file lists to their targets, as far as the targets lack them')
      .argument('<file>', 'YAML file with repositories, tags and targets; - is stdin')
      .option('--dry-run', 'print what would be copied, and copy nothing')
      .option('-j, --jobs <n>', 'number of images, and of transfers of each, at the same time', wholeNumber)
      .option('--json', 'print {"source","target","state","digest","companions","error"} per line')
      .action(async (file: string, flags: Flags) => {
        const { syncFile } = await import('../../syncing/sync.js');
        await syncFile(open(), file, flags);
      }),
    'gantry sync --dry-run mirror.yaml',
  );
