import { type Declare, withExample } from '../../context/declare.js';

export const declareBlob: Declare = (program, open) =>
  withExample(
    program
      .command('blob')
      .description('print a blob, byte for byte, verified against its digest')
      .argument('<blob>', 'repository and digest of the blob')
      .action(async (blob: string) => {
        const { pullLayer } = await import('../../../crane/pulling/pull.js');
        const cli = open();
        const layer = await pullLayer(blob, cli.options);
        await cli.stream(await layer.compressed({ signal: cli.io.signal }));
      }),
    'gantry blob busybox@sha256:... > layer.tar.gz',
  );
