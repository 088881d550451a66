import { type Declare, withExample } from '../../context/declare.js';

interface Flags {
  readonly old_base?: string;
  readonly new_base?: string;
  readonly tag?: string;
  readonly json?: boolean;
}

export const declareRebase: Declare = (program, open) =>
  withExample(
    program
      .command('rebase')
      .description('move an image to another base without building it again, and push the result')
      .argument('<image>', 'reference or other location of the image')
      .option('--old_base <image>', 'present base, or scratch for none (default: from the annotations)')
      .option('--new_base <image>', 'new base (default: from the annotations)')
      .option(
        '-t, --tag <image>',
        'reference of the result (default: that of the image, with the new digest if it has a digest)',
      )
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (image: string, flags: Flags) => {
        const cli = open();
        const { parseLocation } = await import('../../../crane/names/location.js');
        const { rebase } = await import('../../../crane/changing/rebase.js');
        const { indexPlatforms: platformsOf } = await import('../../arguments/chosen-platforms.js');
        const { printPushed } = await import('../../actions/write-result.js');
        const location = (text: string | undefined) => (text === undefined ? undefined : parseLocation(text));
        const tag = location(flags.tag);
        const { changed, ...pushed } = await rebase(parseLocation(image), {
          ...cli.options,
          oldBase: location(flags.old_base),
          newBase: location(flags.new_base),
          tag,
          platforms: platformsOf(cli),
        });
        if (!changed) cli.note('rebasing was no-op');
        await printPushed(cli, pushed, flags, tag);
      }),
    'gantry rebase registry.example/team/app:v1 --old_base busybox:1.35 --new_base busybox:1.36',
  );
