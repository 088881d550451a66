import { type Declare, withExample } from '../../context/declare.js';

export const declareTag: Declare = (program, open) =>
  withExample(
    program
      .command('tag')
      .description('give an image another tag where it is, without transferring it')
      .argument('<image>', 'reference of the image')
      .argument('<tag>', 'the new tag, without repository; of a daemon the whole new name')
      .action(async (image: string, tag: string) => {
        const { parseLocation } = await import('../../../crane/locations/location.js');
        const { tag: tagImage } = await import('../../../crane/tag.js');
        await tagImage(parseLocation(image), tag, open().options);
      }),
    'gantry tag registry.example/team/app:v1 latest',
  );
