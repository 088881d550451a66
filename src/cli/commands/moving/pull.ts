import { Option } from 'commander';
import type { PullFlags } from '../../actions/pull.js';
import { type Declare, withExample } from '../../context/declare.js';

export const declarePull: Declare = (program, open) =>
  withExample(
    program
      .command('pull')
      .description('pull images into an archive or an OCI layout, for one platform or several')
      .argument('<image-and-path...>', 'references of the images, then the path to write; - is stdout')
      .addOption(
        new Option('--format <format>', 'what to write (default: tarball)').choices([
          'tarball',
          'legacy',
          'oci',
          'oci-archive',
        ]),
      )
      .option('--annotate-ref', 'store the reference in the layout (org.opencontainers.image.ref.name)')
      .option('-c, --cache_path <dir>', 'directory in which to cache layers')
      .option('--resume', 'keep downloaded data if the pull fails or is killed, and resume from there')
      .option('--json', 'print {"reference","digest","mediaType","size"} for each image')
      .usage('[options] <image...> <path>')
      .action(async (operands: readonly string[], flags: PullFlags) => {
        const { pull } = await import('../../actions/pull.js');
        await pull(open(), operands, flags);
      }),
    'gantry pull --platform linux/amd64,linux/arm64 --format oci-archive busybox:1.36 busybox.tar',
  );
