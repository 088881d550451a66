import { type Declare, withExample } from './declare.js';

export const declareExport: Declare = (program, open) =>
  withExample(
    program
      .command('export')
      .description('write the filesystem of an image as one tar')
      .argument('<image>', 'reference of the image; - reads an archive from stdin')
      .argument('[tarball]', 'file to write; - is stdout, and the default')
      .action(async (image: string, tarball: string | undefined) => {
        const { exportFilesystem } = await import('../export-filesystem.js');
        await exportFilesystem(open(), image, tarball ?? '-');
      }),
    'gantry export busybox:1.36 - | tar -t',
  );
