import type { Declare } from './declare.js';

export const declareManifest: Declare = (program, open) =>
  program
    .command('manifest')
    .description('print the manifest of an image or index, byte for byte')
    .argument('<image>', 'reference of the manifest')
    .action(async (image: string) => {
      const { manifest } = await import('../../crane/manifest.js');
      const cli = open();
      await cli.raw(await manifest(image, cli.options));
    });
