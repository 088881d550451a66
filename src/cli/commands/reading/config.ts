import { type Declare, withExample } from '../../context/declare.js';

export const declareConfig: Declare = (program, open) =>
  withExample(
    program
      .command('config')
      .description('print the config of an image, byte for byte')
      .argument('<image>', 'reference or other location of the image')
      .action(async (image: string) => {
        const { config } = await import('../../../crane/config.js');
        const { parseLocation } = await import('../../../crane/names/location.js');
        const cli = open();
        await cli.raw(await config(parseLocation(image), cli.options));
      }),
    'gantry config --platform linux/arm64 busybox:1.36 | jq .config',
  );
