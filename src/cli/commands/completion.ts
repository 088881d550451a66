import { Argument } from 'commander';
import { shells } from '../completion/shells.js';
import { type Declare, withExample } from '../context/declare.js';

export const declareCompletion: Declare = (program, open) =>
  withExample(
    program
      .command('completion')
      .description('print a script with which a shell completes commands and flags')
      .addArgument(new Argument('<shell>', 'the shell').choices(shells))
      .action(async (shell: (typeof shells)[number]) => {
        const cli = open();
        const { completionScript } = await import('../completion/script.js');
        const { outline } = await import('../completion/outline.js');
        await cli.raw(Buffer.from(completionScript(shell, outline(program))));
      }),
    'source <(gantry completion bash)',
  );
