import type { AppendFlags } from '../../actions/append-to.js';
import { compressionLevelOption, compressionOption } from '../../arguments/compression-options.js';
import { repeatable, type Declare, commaSeparated, withExample } from '../../context/declare.js';

export const declareAppend: Declare = (program, open) =>
  withExample(
    program
      .command('append')
      .description('add tars and directories as layers to an image, and push the result or save it')
      .option('-b, --base <image>', 'image to start from (default: an empty one)')
      .option('-f, --new_layer <tar>', 'tar to add as a layer, - for stdin; may be repeated', commaSeparated)
      .requiredOption('-t, --new_tag <image>', 'reference of the result')
      .option('-o, --output <file>', 'save the result as an archive instead of pushing it')
      .option('--any-layer', 'accept files that are not tars as layers, although no runtime can unpack them')
      .option('--set-base-image-annotations', 'annotate the result with the name and digest of its base')
      .option(
        '--oci-empty-base',
        'start from an empty image with OCI media types instead of Docker media types',
      )
      .option(
        '--dir <dir[:/target]>',
        'directory to add as a layer, after the tars; may be repeated',
        repeatable,
      )
      .option(
        '--ignore <rule>',
        'ignore rule for --dir, like a line of a .dockerignore; may be repeated',
        repeatable,
      )
      .option('--ignore-file <file>', 'file of ignore rules (default: .dockerignore in the directory)')
      .option('--no-ignore-file', 'do not read the .dockerignore in the directory')
      .option('--chown <uid[:gid]>', 'owner of the files of --dir, and of its target (default: root)')
      .option('--portable-modes', 'set permissions for the files of --dir that do not depend on the umask')
      .option(
        '--source-date-epoch <seconds>',
        'time of the files of --dir (default: $SOURCE_DATE_EPOCH, or 0)',
      )
      .addOption(compressionOption)
      .addOption(compressionLevelOption)
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (flags: AppendFlags) => {
        const { appendTo } = await import('../../actions/append-to.js');
        await appendTo(open(), flags);
      }),
    'gantry append -b busybox:1.36 --dir dist:/app -t registry.example/team/app:v1',
  );
