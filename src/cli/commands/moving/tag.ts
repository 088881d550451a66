import { type Declare, withExample } from '../../context/declare.js';

export const declareTag: Declare = (program, open) =>
  withExample(
    program
      .command('tag')
      .description('add a tag to an image without transferring its layers')
      .argument('<image>', 'reference or other location of the image')
      .argument('<tag>', 'the new tag, without repository; for a daemon, the full new reference')
      .option('--json', 'print {"reference","digest","mediaType","size"}, except for a daemon')
      .action(async (image: string, tag: string, flags: { readonly json?: boolean }) => {
        const { parseLocation } = await import('../../../crane/names/location.js');
        const { tag: tagImage } = await import('../../../crane/tag.js');
        const { printJson } = await import('../../actions/write-result.js');
        const cli = open();
        const tagged = await tagImage(parseLocation(image), tag, cli.options);
        await printJson(cli, tagged === undefined ? [] : [tagged], flags);
      }),
    'gantry tag registry.example/team/app:v1 latest',
  );
