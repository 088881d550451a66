import { type Declare, withExample } from '../../context/declare.js';
import type { EditFlags, EditFsFlags, EditManifestFlags } from '../../editing/edit.js';

const TAG = 'reference of the result (default: that of the image, with the new digest if it has a digest)';
const JSON_HELP = 'print {"reference","digest","mediaType","size"}';

export const declareEdit: Declare = (program, open) => {
  const edit = program
    .command('edit')
    .description(
      'change a document or a file of an image in $VISUAL or $EDITOR, or replace it by standard input if that is not a terminal',
    );
  withExample(
    edit
      .command('config')
      .description('edit the config of an image, and push the result')
      .argument('<image>', 'reference or other location of the image')
      .option('-t, --tag <image>', TAG)
      .option('--json', JSON_HELP)
      .action(async (image: string, flags: EditFlags) => {
        const { editConfig } = await import('../../editing/edit.js');
        await editConfig(open(), image, flags);
      }),
    'gantry edit config registry.example/team/app:v1',
    'gantry config app:v1 | jq -c .config.User=\\"1000\\" | gantry edit config app:v1 -t app:v2',
  );
  withExample(
    edit
      .command('manifest')
      .description('edit a manifest of any kind, and push it; what it lists must be in the repository')
      .argument('<image>', 'reference of the image, index or artifact')
      .option('-t, --tag <image>', TAG)
      .option('-m, --media-type <type>', 'media type to push it with (default: the one in the manifest)')
      .option('--json', JSON_HELP)
      .action(async (image: string, flags: EditManifestFlags) => {
        const { editManifest } = await import('../../editing/edit.js');
        await editManifest(open(), image, flags);
      }),
    'gantry edit manifest registry.example/team/app:v1',
  );
  withExample(
    edit
      .command('fs')
      .description('edit a file of an image, or create it, as a new layer, and push the result')
      .argument('<image>', 'reference or other location of the image')
      .requiredOption('-f, --filename <path>', 'path of the file in the image')
      .option('-t, --tag <image>', TAG)
      .option('--json', JSON_HELP)
      .action(async (image: string, flags: EditFsFlags) => {
        const { editFs } = await import('../../editing/edit.js');
        await editFs(open(), image, flags);
      }),
    'gantry edit fs registry.example/team/app:v1 -f /etc/motd',
    'echo Welcome | gantry edit fs registry.example/team/app:v1 -f /etc/motd -t registry.example/team/app:v2',
  );
  return edit;
};
