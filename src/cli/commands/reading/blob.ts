import { type Declare, withExample } from '../../context/declare.js';

interface PutFlags {
  readonly mediaType?: string;
  readonly json?: boolean;
}

export const declareBlob: Declare = (program, open) => {
  const blob = withExample(
    program
      .command('blob')
      .description('print a blob, byte for byte, verified against its digest')
      .argument('<blob>', 'repository and digest of the blob')
      // The first word selects the subcommand, so `help` is not one.
      .helpCommand(false)
      .action(async (reference: string) => {
        const { pullLayer } = await import('../../../crane/pulling/pull.js');
        const cli = open();
        const layer = await pullLayer(reference, cli.options);
        await cli.stream(await layer.compressed({ signal: cli.io.signal }));
      }),
    'gantry blob busybox@sha256:... > layer.tar.gz',
  );
  withExample(
    blob
      .command('put')
      .description('upload a file as a blob, byte for byte, and print its reference with the digest')
      .argument('<repository>', 'repository to upload to')
      .argument('<file>', 'file to upload; - is stdin')
      .option(
        '--media-type <type>',
        'media type in the printed descriptor (default: application/octet-stream)',
      )
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (repository: string, file: string, flags: PutFlags) => {
        const { putBlobFrom } = await import('../../actions/put-content.js');
        await putBlobFrom(open(), repository, file, flags);
      }),
    'gantry blob put --json registry.example/team/app sbom.json',
  );
  return blob;
};
