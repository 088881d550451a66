import type { ToDirectoryFlags } from '../../actions/export-filesystem.js';
import { type Declare, withExample } from '../../context/declare.js';

interface Flags extends ToDirectoryFlags {
  readonly to?: string;
  readonly ignoreDiffIds?: boolean;
}

export const declareExport: Declare = (program, open) =>
  withExample(
    program
      .command('export')
      .description('write the filesystem of an image as one tar, or into a directory')
      .argument('<image>', 'reference or other location of the image; - reads an archive from stdin')
      .argument('[tarball]', 'file to write; - is stdout, and the default')
      .option('--to <dir>', 'unpack into a directory that is empty or absent, instead of writing a tar')
      .option('--merge', 'with --to: unpack into a directory that is not empty')
      .option('--keep-owners', 'with --to: set owner and group of files; the default for root')
      .option('--no-keep-owners', 'with --to: do not set owner and group of files, even as root')
      .option('--keep-privileges', 'with --to: keep the set-user and set-group bits of files')
      .option('--ignore-diff-ids', 'read layers even if their diff IDs in the config are wrong')
      .action(async (image: string, tarball: string | undefined, { to, ignoreDiffIds, ...flags }: Flags) => {
        const { exportFilesystem, exportToDirectory } = await import('../../actions/export-filesystem.js');
        const { UsageError } = await import('../../terminal/exit-code.js');
        if (to === undefined) {
          if (Object.keys(flags).length > 0) throw new UsageError('--merge and --keep-... need --to');
          await exportFilesystem(open(), image, tarball ?? '-', { ignoreDiffIds });
        } else {
          if (tarball !== undefined) throw new UsageError('give either a tarball or --to');
          await exportToDirectory(open(), image, to, { ...flags, ignoreDiffIds });
        }
      }),
    'gantry export busybox:1.36 - | tar -t',
  );
