import type { Declare } from './declare.js';

export const declareTag: Declare = (program, open) =>
  program
    .command('tag')
    .description('give a remote image another tag, without transferring it')
    .argument('<image>', 'reference of the image')
    .argument('<tag>', 'the new tag, without repository')
    .action(async (image: string, tag: string) => {
      const { tag: tagImage } = await import('../../crane/tag.js');
      await tagImage(image, tag, open().options);
    });
