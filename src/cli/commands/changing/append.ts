import type { AppendFlags } from '../../actions/append-to.js';
import { compressionLevelOption, compressionOption } from '../../arguments/compression-options.js';
import { repeatable, type Declare, commaSeparated, withExample } from '../../context/declare.js';

export const declareAppend: Declare = (program, open) =>
  withExample(
    program
      .command('append')
      .description('add tars and directories as layers to an image, and push the result or save it')
      .option('-b, --base <image>', 'image to start from (default: an empty one)')
      .option('-f, --new_layer <tar>', 'tar of a layer, - for stdin; may be repeated', commaSeparated)
      .requiredOption('-t, --new_tag <image>', 'reference of the result')
      .option('-o, --output <file>', 'save the result as an archive instead of pushing it')
      .option('--any-layer', 'take files that are not tars as layers, which no runtime can unpack')
      .option('--set-base-image-annotations', 'note in the result what it is based on')
      .option('--oci-empty-base', "start from an empty image of OCI's media types, not Docker's")
      .option(
        '--dir <dir[:/target]>',
        'directory to add as a layer, after the tars; may be repeated',
        repeatable,
      )
      .option('--ignore <rule>', 'line of a .dockerignore for --dir; may be repeated', repeatable)
      .option('--ignore-file <file>', 'file of such lines (default: .dockerignore in the directory)')
      .option('--no-ignore-file', 'take all of the directory')
      .option('--chown <uid[:gid]>', 'owner of the files of --dir, and of its target (default: root)')
      .option('--portable-modes', 'permissions for the files of --dir that no umask changes')
      .option(
        '--source-date-epoch <seconds>',
        'time of the files of --dir (default: that of SOURCE_DATE_EPOCH, else 0)',
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
