import { type Declare, wholeNumber, withExample } from '../../context/declare.js';
import type { ListFilesFlags } from '../../files/list-files.js';

export const declareFiles: Declare = (program, open) =>
  withExample(
    program
      .command('files')
      .description('list the files of an image, or print one, without pulling more than necessary')
      .argument('<image>', 'reference or other location of the image')
      .argument('[path]', 'directory or file in the image; the default is the root')
      .option('--cat', 'print the content of the file')
      .option('-l, --long', 'print type, mode, owner, size and time, too')
      .option(
        '--find <pattern>',
        'list only what matches: a name such as *.pem, or a path such as /etc/**/*.conf',
      )
      .option('--depth <n>', 'list only this many levels below the path', wholeNumber)
      .option('--json', 'print one JSON object per line')
      .option('-c, --cache_path <dir>', 'directory in which to keep an index of layers that were read')
      .option('--no-verify', 'end the download after the file, without a check of its digest')
      .action(async (image: string, path: string | undefined, flags: ListFilesFlags) => {
        const { listFiles } = await import('../../files/list-files.js');
        await listFiles(open(), image, path, flags);
      }),
    'gantry files --cat busybox:1.36 /etc/passwd',
    'gantry files --long --depth 1 busybox:1.36 /etc',
    "gantry files --find '*.pem' registry.example/team/app:v1",
  );
