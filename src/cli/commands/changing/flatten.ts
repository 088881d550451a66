import type { CompressionFlags } from '../../arguments/compression-flags.js';
import { compressionLevelOption, compressionOption } from '../../arguments/compression-options.js';
import { type Declare, withExample } from '../../context/declare.js';

interface Flags extends CompressionFlags {
  readonly tag?: string;
  readonly json?: boolean;
  readonly ignoreDiffIds?: boolean;
}

export const declareFlatten: Declare = (program, open) =>
  withExample(
    program
      .command('flatten')
      .description('merge all layers of an image into one, and push the result')
      .argument('<image>', 'reference or other location of the image or index')
      .option(
        '-t, --tag <image>',
        'reference of the result (default: that of the image, with the new digest if it has a digest)',
      )
      .addOption(compressionOption)
      .addOption(compressionLevelOption)
      .option('--ignore-diff-ids', 'read layers even if their diff IDs in the config are wrong')
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (image: string, flags: Flags) => {
        const cli = open();
        const { flatten } = await import('../../../crane/changing/flatten.js');
        const { parseLocation } = await import('../../../crane/names/location.js');
        const { indexPlatforms: platformsOf } = await import('../../arguments/chosen-platforms.js');
        const { printPushed } = await import('../../actions/write-result.js');
        const { compressionOf } = await import('../../arguments/compression-flags.js');
        const tag = flags.tag === undefined ? undefined : parseLocation(flags.tag);
        const flat = await flatten(parseLocation(image), {
          ignoreDiffIds: flags.ignoreDiffIds,
          ...cli.options,
          ...compressionOf(flags),
          tag,
          platforms: platformsOf(cli),
        });
        await printPushed(cli, flat, flags, tag);
      }),
    'gantry flatten registry.example/team/app:v1 -t registry.example/team/app:flat',
  );
