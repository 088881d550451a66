import type { UploadStateStore } from '../../remote/upload-state.js';
import type { Cli } from '../cli.js';
import { type Declare, withExample } from './declare.js';

interface Flags {
  readonly index?: boolean;
  readonly imageRefs?: string;
  readonly json?: boolean;
  readonly resume?: boolean;
}

export const declarePush: Declare = (program, open) =>
  withExample(
    program
      .command('push')
      .description('push an archive or an OCI layout; prints what it was pushed as')
      .argument('<path>', 'docker-save archive, OCI archive or OCI layout directory')
      .argument('<image>', 'reference to push to')
      .option('--index', 'push the whole index of a layout, not a single image')
      .option('--image-refs <file>', 'write the pushed reference to this file')
      .option('--resume', 'remember uploads if it fails or is killed, and go on with them')
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (path: string, image: string, flags: Flags) => {
        const { pushFrom } = await import('../../crane/push-from.js');
        const cli = open();
        const pushed = await pushFrom(path, image, {
          ...cli.options,
          ...(flags.resume === true && { uploadState: await uploads(cli) }),
          index: flags.index === true,
        });
        if (flags.imageRefs !== undefined) {
          const { writeFileAtomic } = await import('../../internal/atomic-file.js');
          await writeFileAtomic(flags.imageRefs, Buffer.from(pushed.reference));
        }
        await cli.line(flags.json === true ? JSON.stringify(pushed) : pushed.reference);
      }),
    'gantry push app.tar registry.example/team/app:v1',
  );

async function uploads({ io }: Cli): Promise<UploadStateStore> {
  const { fileUploadState, uploadStateFolder } = await import('../../remote/file-upload-state.js');
  return fileUploadState(uploadStateFolder(io.env));
}
