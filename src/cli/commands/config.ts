import type { Declare } from './declare.js';

export const declareConfig: Declare = (program, open) =>
  program
    .command('config')
    .description('print the config of an image, byte for byte')
    .argument('<image>', 'reference of the image')
    .action(async (image: string) => {
      const { config } = await import('../../crane/config.js');
      const cli = open();
      await cli.raw(await config(image, cli.options));
    });
