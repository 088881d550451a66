import { type Declare, withExample } from '../../context/declare.js';

export const declareManifest: Declare = (program, open) =>
  withExample(
    program
      .command('manifest')
      .description('print the manifest of an image or index, byte for byte')
      .argument('<image>', 'reference or other location of the manifest')
      .action(async (image: string) => {
        const { parseLocation } = await import('../../../crane/names/location.js');
        const { manifest } = await import('../../../crane/manifest.js');
        const cli = open();
        await cli.raw(await manifest(parseLocation(image), cli.options));
      }),
    'gantry manifest busybox:1.36 | jq .manifests',
  );
