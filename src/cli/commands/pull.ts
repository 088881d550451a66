import { Option } from 'commander';
import type { SaveFormat } from '../../crane/pull-to.js';
import { type Declare, withExample } from './declare.js';

interface Flags {
  readonly format: SaveFormat;
  readonly annotateRef?: boolean;
  readonly resume?: boolean;
}

export const declarePull: Declare = (program, open) =>
  withExample(
    program
      .command('pull')
      .description('pull images into a docker-save archive or an OCI layout')
      .argument('<image-and-path...>', 'references of the images, then the path to write')
      .addOption(
        new Option('--format <format>', 'what to write')
          .choices(['tarball', 'legacy', 'oci'])
          .default('tarball'),
      )
      .option('--annotate-ref', 'note the reference in the layout (org.opencontainers.image.ref.name)')
      .option('--resume', 'keep what was downloaded if it fails or is killed, and go on from there')
      .usage('[options] <image...> <path>')
      .action(async (operands: readonly string[], flags: Flags) => {
        const { UsageError } = await import('../exit-code.js');
        if (operands.length < 2) throw new UsageError('want one or more images and a path');
        const { pullTo } = await import('../../crane/pull-to.js');
        const images = operands.slice(0, -1);
        const path = operands.at(-1) ?? '';
        await pullTo(images, path, {
          ...open().options,
          format: flags.format,
          annotateRef: flags.annotateRef === true,
          resume: flags.resume === true,
        });
      }),
    'gantry pull --platform linux/arm64 busybox:1.36 busybox.tar',
  );
