import type { PushFlags } from '../../actions/push.js';
import { type Declare, withExample } from '../../context/declare.js';

export const declarePush: Declare = (program, open) =>
  withExample(
    program
      .command('push')
      .description('push an archive or an OCI layout; prints what it was pushed as')
      .argument('<path>', 'archive of any kind, OCI layout directory, - for stdin, or docker-daemon:IMAGE')
      .argument('[image]', 'reference to push to (default: push everything by the tags that it has)')
      .option('--tag <tag>', 'of several images, push the one with this tag')
      .option('--digest <digest>', 'of several images, push the one with this digest')
      .option('--index', 'push all that there is as one index, or the index with --tag or --digest')
      .option('--image-refs <file>', 'write the pushed references to this file')
      .option('--resume', 'remember uploads if it fails or is killed, and go on with them')
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (path: string, image: string | undefined, flags: PushFlags) => {
        const { push } = await import('../../actions/push.js');
        await push(open(), path, image, flags);
      }),
    'gantry push app.tar registry.example/team/app:v1',
  );
