import type { PushFlags } from '../../actions/push.js';
import { type Declare, withExample } from '../../context/declare.js';

export const declarePush: Declare = (program, open) =>
  withExample(
    program
      .command('push')
      .description('push an archive or an OCI layout, and print the reference with the digest')
      .argument('<path>', 'archive of any kind, OCI layout directory, - for stdin, or docker-daemon:IMAGE')
      .argument('[image]', 'reference to push to (default: push every image to the tags it has)')
      .option('--tag <tag>', 'push only the image with this tag')
      .option('--digest <digest>', 'push only the image with this digest')
      .option('--index', 'push all images as one index, or the index selected by --tag or --digest')
      .option('--image-refs <file>', 'write the pushed references to this file')
      .option('--resume', 'remember uploads if the push fails or is killed, and resume them')
      .option('--yes', 'push to the tags in the archive or layout without asking at a terminal')
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (path: string, image: string | undefined, flags: PushFlags) => {
        const { push } = await import('../../actions/push.js');
        await push(open(), path, image, flags);
      }),
    'gantry push app.tar registry.example/team/app:v1',
  );
