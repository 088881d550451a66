import { InvalidArgumentError } from 'commander';
import { type Declare, withExample } from '../../context/declare.js';

interface Flags {
  readonly depth?: number;
  readonly referrers: boolean;
  readonly json?: boolean;
}

export const declareTree: Declare = (program, open) =>
  withExample(
    program
      .command('tree')
      .description('show the manifests that an index lists, and what refers to each of them, as a tree')
      .argument('<image>', 'reference or other location of the image or index')
      .option('--depth <levels>', 'number of levels below the image (default: 16)', levels)
      .option('--no-referrers', 'do not look up what refers to the manifests')
      .option('--json', 'print the tree as one JSON object, with complete digests')
      .action(async (image: string, flags: Flags) => {
        const { showTree } = await import('../../inspecting/tree.js');
        await showTree(open(), image, flags);
      }),
    'gantry tree registry.example/team/app:v1',
  );

function levels(text: string): number {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < 0 || value > 1000)
    throw new InvalidArgumentError('The value must be a whole number from 0 to 1000.');
  return value;
}
