import { type Declare, withExample } from '../../context/declare.js';

interface Flags {
  /** commander turns `--no-referrers` into `referrers: false`. */
  readonly referrers: boolean;
  readonly json?: boolean;
}

export const declareInspect: Declare = (program, open) =>
  withExample(
    program
      .command('inspect')
      .description(
        'describe an image, index or artifact: platforms, sizes, config, layers, base and referrers',
      )
      .argument('<image>', 'reference or other location of the image')
      .option('--no-referrers', 'do not look up what refers to the image')
      .option('--json', 'print everything as one JSON object, with complete digests')
      .action(async (image: string, flags: Flags) => {
        const { inspectImage } = await import('../../inspecting/inspect.js');
        await inspectImage(open(), image, flags);
      }),
    'gantry inspect busybox:1.36',
    'gantry inspect --platform linux/arm64 --json busybox:1.36 | jq .image.layers',
  );
