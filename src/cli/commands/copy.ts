import type { ReferrersToCopy } from '../../crane/copy-referrers.js';
import { collected, type Declare, wholeNumber, withExample } from './declare.js';

interface Flags {
  readonly allTags?: boolean;
  readonly jobs?: number;
  /** commander turns `--no-clobber` into `clobber: false`. */
  readonly clobber: boolean;
  readonly referrers?: boolean;
  readonly artifactType?: readonly string[];
  readonly digestTags?: boolean;
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
      .option('--referrers', 'copy what refers to it as well: signatures, SBOMs, attestations')
      .option(
        '--artifact-type <type>',
        'of the referrers, copy those of this type; may be repeated',
        collected,
      )
      .option('--digest-tags', 'copy its digest tags as well, such as sha256-....sig')
      .action(async (source: string, target: string, flags: Flags) => {
        const { copy, copyRepository } = await import('../../crane/copy.js');
        await (flags.allTags === true ? copyRepository : copy)(source, target, {
          ...open().options,
          jobs: flags.jobs,
          noClobber: !flags.clobber,
          referrers: referrersOf(flags),
          digestTags: flags.digestTags,
        });
      }),
    'gantry copy --referrers busybox:1.36 registry.example/mirror/busybox:1.36',
  );

function referrersOf({ referrers, artifactType }: Flags): boolean | ReferrersToCopy | undefined {
  return artifactType === undefined ? referrers : { artifactTypes: artifactType };
}
