import { type Declare, withExample } from './declare.js';

export const declareTag: Declare = (program, open) =>
  withExample(
    program
      .command('tag')
      .description('give a remote image another tag, without transferring it')
      .argument('<image>', 'reference of the image')
      .argument('<tag>', 'the new tag, without repository')
      .action(async (image: string, tag: string) => {
        const { tag: tagImage } = await import('../../crane/tag.js');
        await tagImage(image, tag, open().options);
      }),
    'gantry tag registry.example/team/app:v1 latest',
  );
