import { type Declare, withExample } from '../../context/declare.js';

interface PutFlags {
  readonly mediaType?: string;
  readonly json?: boolean;
}

export const declareManifest: Declare = (program, open) => {
  const manifest = withExample(
    program
      .command('manifest')
      .description('print the manifest of an image or index, byte for byte')
      .argument('<image>', 'reference or other location of the manifest')
      // The first word selects the subcommand, so `help` is not one.
      .helpCommand(false)
      .action(async (image: string) => {
        const { parseLocation } = await import('../../../crane/names/location.js');
        const { manifest: read } = await import('../../../crane/manifest.js');
        const cli = open();
        await cli.raw(await read(parseLocation(image), cli.options));
      }),
    'gantry manifest busybox:1.36 | jq .manifests',
  );
  withExample(
    manifest
      .command('put')
      .description(
        'check a manifest and put it under a tag or its digest, byte for byte; an image called put is docker.io/library/put',
      )
      .argument('<image>', 'reference for the manifest; a digest must be that of the file')
      .argument('<file>', 'file with the manifest; - is stdin')
      .option('--media-type <type>', 'media type of the manifest (default: the one in the document)')
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (image: string, file: string, flags: PutFlags) => {
        const { putManifestFrom } = await import('../../actions/put-content.js');
        await putManifestFrom(open(), image, file, flags);
      }),
    'gantry manifest put registry.example/team/app:v1 manifest.json',
  );
  return manifest;
};
