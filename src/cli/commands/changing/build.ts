import type { BuildFlags } from '../../building/build.js';
import { compressionLevelOption, compressionOption } from '../../arguments/compression-options.js';
import { repeatable, type Declare, withExample } from '../../context/declare.js';

export const declareBuild: Declare = (program, open) =>
  withExample(
    program
      .command('build')
      .description(
        'build an image from a Dockerfile without a daemon, for one --platform or several, and push it, write it, or both',
      )
      .argument(
        '[context]',
        'directory or tar that COPY and ADD read; - is a tar or a Dockerfile from stdin',
        '.',
      )
      .option('-f, --file <file>', 'Dockerfile, - for stdin (default: Dockerfile in the context)')
      .option(
        '-t, --tag <image>',
        'reference to push the result to; permission is checked before the build; may be repeated',
        repeatable,
      )
      .option(
        '-o, --output <location>',
        'location to write the result to: oci:DIR, oci-archive:FILE, docker-archive:FILE, docker-daemon:IMAGE, docker://IMAGE or a path; may be repeated',
        repeatable,
      )
      .option('--target <stage>', 'name or number of the stage to build (default: the last one)')
      .option(
        '--build-arg <name[=value]>',
        'value of an ARG (default: that of the environment variable); may be repeated',
        repeatable,
      )
      .option(
        '--build-context <name=value>',
        'directory, tar, docker-image://IMAGE or oci-layout://DIR that FROM and COPY --from can name; may be repeated',
        repeatable,
      )
      .option('--label <name=value>', 'label to add; may be repeated', repeatable)
      .option(
        '--annotation <name=value>',
        'annotation to add to each manifest, or to the index if the name begins with index:; may be repeated',
        repeatable,
      )
      .addOption(compressionOption)
      .addOption(compressionLevelOption)
      .option(
        '--source-date-epoch <seconds>',
        'time of the config, the history and files that the build makes (default: $SOURCE_DATE_EPOCH, or now)',
      )
      .option(
        '--rewrite-timestamps',
        'replace times later than --source-date-epoch in the new layers with that time',
      )
      .option(
        '--work-directory <dir>',
        'directory for the temporary files of the build (default: that of the system)',
      )
      .option(
        '--check',
        'print the warnings of the Dockerfile instead of building it; the exit code is 1 if it has any',
      )
      .option('--iidfile <file>', 'write the digest of the config, or of the index, to this file')
      .option(
        '--metadata-file <file>',
        'write the digests and names to this file, in the format of docker buildx',
      )
      .option('--json', 'print {"references","digest","mediaType","size","configDigest"}')
      .action(async (context: string, flags: BuildFlags) => {
        const { buildAndWrite } = await import('../../building/build.js');
        await buildAndWrite(open(), context, flags);
      }),
    'gantry build -t registry.example/team/app:v1 .',
    'gantry build --platform linux/amd64,linux/arm64 -f docker/Dockerfile -o oci:images:v1 .',
    'tar -c Dockerfile dist | gantry build -t registry.example/team/app:v1 -',
  );
