import { collected, type Declare, listed, withExample } from './declare.js';

export const declareMutate: Declare = (program, open) =>
  withExample(
    program
      .command('mutate')
      .description('change config, annotations or layers of an image, and push the result or save it')
      .argument('<image>', 'reference of the image')
      .option('-a, --annotation <name=value>', 'annotation to set; may be repeated', listed)
      .option('-l, --label <name=value>', 'label to set; may be repeated', listed)
      .option('-e, --env <name=value>', 'environment variable to set; may be repeated', collected)
      .option(
        '--entrypoint <words>',
        'new entrypoint, comma-separated or repeated; clears the command',
        listed,
      )
      .option('--cmd <words>', 'new command, comma-separated or repeated', listed)
      .option('-u, --user <user>', 'new user')
      .option('-w, --workdir <dir>', 'new working directory')
      .option(
        '--exposed-ports <ports>',
        'new ports, comma-separated or repeated; replace the old ones',
        listed,
      )
      .option('--set-platform <platform>', 'new platform, such as linux/arm64/v8')
      .option('--append <tar>', 'tar to add as a layer; may be repeated', listed)
      .option('--repo <repository>', 'repository to push to, by digest')
      .option(
        '-t, --tag <image>',
        'reference of the result (default: the same, or the new digest for a digest)',
      )
      .option('-o, --output <file>', 'save the result as an archive instead of pushing it')
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (image: string, flags: object) => {
        const { mutateImage } = await import('../mutate-image.js');
        await mutateImage(open(), image, flags);
      }),
    'gantry mutate registry.example/team/app:v1 --label team=red --user 1000 -t registry.example/team/app:v2',
  );
