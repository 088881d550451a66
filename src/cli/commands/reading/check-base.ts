import { type Declare, withExample } from '../../context/declare.js';

interface Flags {
  readonly base?: string;
  readonly json?: boolean;
}

export const declareCheckBase: Declare = (program, open) =>
  withExample(
    program
      .command('check-base')
      .description(
        'check that an image is built on the present content of its base; the exit code is 10 if it is outdated, and 11 if that is unknown',
      )
      .argument('<image>', 'reference or other location of the image')
      .option(
        '--base <image>',
        'base to compare with (default: the annotation org.opencontainers.image.base.name)',
      )
      .option('--json', 'print {"status","checks"}')
      .action(async (image: string, flags: Flags) => {
        const { checkBaseOf } = await import('../../inspecting/check-base.js');
        await checkBaseOf(open(), image, flags);
      }),
    'gantry check-base registry.example/team/app:v1',
    'gantry check-base --base busybox:1.36 registry.example/team/app:v1',
  );
