import { type Declare, withExample } from '../../context/declare.js';

export const declareTag: Declare = (program, open) =>
  withExample(
    program
      .command('tag')
      .description('add a tag to an image without transferring its layers')
      .argument('<image>', 'reference or other location of the image')
      .argument('<tag>', 'the new tag, without repository; for a daemon, the full new reference')
      .action(async (image: string, tag: string) => {
        const { parseLocation } = await import('../../../crane/names/location.js');
        const { tag: tagImage } = await import('../../../crane/tag.js');
        await tagImage(parseLocation(image), tag, open().options);
      }),
    'gantry tag registry.example/team/app:v1 latest',
  );
