import type { CopyOptions } from '../../../crane/copying/options.js';
import type { ReferrersToCopy } from '../../../crane/copying/referrers.js';
import { repeatable, type Declare, wholeNumber, withExample } from '../../context/declare.js';

interface Flags {
  readonly allTags?: boolean;
  readonly jobs?: number;
  /** commander turns `--no-clobber` into `clobber: false`. */
  readonly clobber: boolean;
  readonly referrers?: boolean;
  readonly artifactType?: readonly string[];
  readonly digestTags?: boolean;
  readonly srcCreds?: string;
  readonly destCreds?: string;
  readonly json?: boolean;
}

export const declareCopy: Declare = (program, open) =>
  withExample(
    program
      .command('copy')
      .alias('cp')
      .description('copy an image, index or artifact to another location, keeping its digest')
      .argument('<source>', 'reference or other location to copy from')
      .argument('<target>', 'reference or other location to copy to')
      .option('-a, --all-tags', 'copy every tag of the repository')
      .option('-j, --jobs <n>', 'number of transfers at the same time', wholeNumber)
      .option('-n, --no-clobber', 'do not replace tags that exist in the target')
      .option('--referrers', 'also copy manifests that refer to it: signatures, SBOMs, attestations')
      .option(
        '--artifact-type <type>',
        'copy only referrers of this artifact type; may be repeated',
        repeatable,
      )
      .option('--src-creds <user[:password]>', 'credentials for the registry of the source')
      .option('--dest-creds <user[:password]>', 'credentials for the registry of the target')
      .option('--digest-tags', 'also copy tags that are named after its digest, such as sha256-....sig')
      .option('--json', 'print {"reference","digest","mediaType","size"} for each copied tag')
      .action(async (source: string, target: string, flags: Flags) => {
        const { copy, copyRepository } = await import('../../../crane/copying/copy.js');
        const { parseLocation } = await import('../../../crane/names/location.js');
        const { printJson } = await import('../../actions/write-result.js');
        const { readCopyCredentials } = await import('../../arguments/copy-credentials.js');
        const cli = open();
        const [from, to] = [parseLocation(source), parseLocation(target)];
        const options: CopyOptions = {
          ...cli.options,
          ...(await readCopyCredentials(cli, from, to, flags)),
          jobs: flags.jobs,
          noClobber: !flags.clobber,
          referrers: referrersOf(flags),
          digestTags: flags.digestTags,
        };
        if (flags.allTags !== true) {
          await printJson(cli, [await copy(from, to, options)], flags, to);
        } else if (from.kind === 'docker' && to.kind === 'docker') {
          await printJson(cli, await copyRepository(from.reference, to.reference, options), flags);
        } else {
          const { UsageError } = await import('../../terminal/exit-code.js');
          throw new UsageError(
            '--all-tags can be used only for a copy between registries',
            '`gantry push` without an image pushes every tagged image of an archive or a layout',
          );
        }
      }),
    'gantry copy --referrers busybox:1.36 registry.example/mirror/busybox:1.36',
    'gantry copy docker-daemon:app:v1 oci:images:v1',
    'GANTRY_DEST_PASSWORD=... gantry copy --dest-creds ci busybox:1.36 registry.example/mirror/busybox:1.36',
  );

function referrersOf({ referrers, artifactType }: Flags): boolean | ReferrersToCopy | undefined {
  return artifactType === undefined ? referrers : { artifactTypes: artifactType };
}
