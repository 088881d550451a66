import { type Declare, wholeNumber, withExample } from './declare.js';

interface Flags {
  readonly allTags?: boolean;
  readonly jobs?: number;
  /** commander turns `--no-clobber` into `clobber: false`. */
  readonly clobber: boolean;
}

export const declareCopy: Declare = (program, open) =>
  withExample(
    program
      .command('copy')
      .alias('cp')
      .description('copy an image, index or artifact to another place, keeping its digest')
      .argument('<source>', 'reference to copy from')
      .argument('<target>', 'reference to copy to')
      .option('-a, --all-tags', 'copy every tag of the repository')
      .option('-j, --jobs <n>', 'how many transfers run at once', wholeNumber)
      .option('-n, --no-clobber', 'keep tags that the target has already')
      .action(async (source: string, target: string, flags: Flags) => {
        const { copy, copyRepository } = await import('../../crane/copy.js');
        const options = { ...open().options, jobs: flags.jobs, noClobber: !flags.clobber };
        await (flags.allTags === true ? copyRepository : copy)(source, target, options);
      }),
    'gantry copy busybox:1.36 registry.example/mirror/busybox:1.36',
  );
