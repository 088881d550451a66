import { type Declare, withExample } from '../../context/declare.js';
import type { DiffFlags } from '../../files/print-difference.js';

export const declareDiff: Declare = (program, open) =>
  withExample(
    program
      .command('diff')
      .description('compare two images: layers, config and files')
      .argument('<before>', 'reference or other location of the first image')
      .argument('<after>', 'reference or other location of the second image')
      .option('--times', 'report files of which only the time differs, too')
      .option('--json', 'print {"layers","config","files"}')
      .option('-c, --cache_path <dir>', 'directory in which to keep an index of layers that were read')
      .addHelpText(
        'after',
        '\nThe exit code is 0 whether the images differ or not; without differences, nothing is printed.',
      )
      .action(async (before: string, after: string, flags: DiffFlags) => {
        const { printDifference } = await import('../../files/print-difference.js');
        await printDifference(open(), before, after, flags);
      }),
    'gantry diff registry.example/team/app:v1 registry.example/team/app:v2',
  );
