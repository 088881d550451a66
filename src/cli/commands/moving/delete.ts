import { type Declare, withExample } from '../../context/declare.js';

export const declareDelete: Declare = (program, open) =>
  withExample(
    program
      .command('delete')
      .description('delete a manifest from its registry')
      .argument('<image>', 'reference of the manifest or tag')
      .action(async (image: string) => {
        const { deleteManifest } = await import('../../../crane/delete.js');
        await deleteManifest(image, open().options);
      }),
    'gantry delete registry.example/team/app:v1',
  );
