import { Option } from 'commander';
import { compressionLevelOption } from '../../arguments/compression-options.js';
import { repeatable, type Declare, commaSeparated, withExample } from '../../context/declare.js';
import { nameValues } from '../../arguments/name-values.js';

export const declareMutate: Declare = (program, open) =>
  withExample(
    program
      .command('mutate')
      .description(
        'change the config, annotations, times or layers of an image, or the annotations of an index, and push the result or save it',
      )
      .argument('<image>', 'reference of the image')
      .option(
        '-a, --annotation <name=value>',
        'annotation to set; may be repeated, or list several separated by commas',
        nameValues,
      )
      .option('--remove-annotation <name>', 'annotation to remove; may be repeated', commaSeparated)
      .option(
        '-l, --label <name=value>',
        'label to set; may be repeated, or list several separated by commas',
        nameValues,
      )
      .option('--remove-label <name>', 'label to remove; may be repeated', commaSeparated)
      .option('-e, --env <name=value>', 'environment variable to set; may be repeated', repeatable)
      .option('--remove-env <name>', 'environment variable to remove; may be repeated', commaSeparated)
      .option(
        '--entrypoint <words>',
        "new entrypoint, comma-separated or repeated, '' for none; clears the command",
        commaSeparated,
      )
      .option('--cmd <words>', "new command, comma-separated or repeated, '' for none", commaSeparated)
      .option('-u, --user <user>', 'new user')
      .option('-w, --workdir <dir>', 'new working directory')
      .option(
        '--exposed-ports <ports>',
        'new ports, comma-separated or repeated; they replace the old ones',
        commaSeparated,
      )
      .option('--set-platform <platform>', 'new platform, such as linux/arm64/v8')
      .option('--append <tar>', 'tar to add as a layer; may be repeated', commaSeparated)
      .option('--any-layer', 'accept files that are not tars as layers, although no runtime can unpack them')
      .option('--created <time>', 'new time of creation: RFC 3339, or seconds since 1970')
      .option('--time <time>', 'time for all files, the history and the creation')
      .option('--canonical', 'remove all times and other data that differs from build to build')
      .option('--rewrite-timestamps', 'replace all times later than --source-date-epoch with that time')
      .option(
        '--source-date-epoch <seconds>',
        'time for --canonical and --rewrite-timestamps (default: $SOURCE_DATE_EPOCH)',
      )
      .addOption(new Option('--media-types <family>', 'convert all media types').choices(['oci', 'docker']))
      .addOption(
        new Option('--compression <kind>', 'compress all layers again').choices(['gzip', 'zstd', 'none']),
      )
      .addOption(compressionLevelOption)
      .option('--repo <repository>', 'repository to push to, by digest')
      .option(
        '-t, --tag <image>',
        'reference of the result (default: that of the image, with the new digest if it has a digest)',
      )
      .option('-o, --output <file>', 'save the result as an archive instead of pushing it')
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (image: string, flags: object) => {
        const { mutateImage } = await import('../../actions/mutate-image.js');
        await mutateImage(open(), image, flags);
      }),
    'gantry mutate registry.example/team/app:v1 --label team=red --user 1000 -t registry.example/team/app:v2',
  );
