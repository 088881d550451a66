import { type Declare, listed, withExample } from './declare.js';

interface Flags {
  readonly base?: string;
  readonly new_layer: readonly string[];
  readonly new_tag: string;
  readonly output?: string;
  readonly setBaseImageAnnotations?: boolean;
  readonly ociEmptyBase?: boolean;
  readonly json?: boolean;
}

export const declareAppend: Declare = (program, open) =>
  withExample(
    program
      .command('append')
      .description('add tars as layers to an image, and push the result or save it')
      .option('-b, --base <image>', 'image to start from (default: an empty one)')
      .requiredOption('-f, --new_layer <tar>', 'tar of a layer, - for stdin; may be repeated', listed)
      .requiredOption('-t, --new_tag <image>', 'reference of the result')
      .option('-o, --output <file>', 'save the result as an archive instead of pushing it')
      .option('--set-base-image-annotations', 'note in the result what it is based on')
      .option('--oci-empty-base', "start from an empty image of OCI's media types, not Docker's")
      .option('--json', 'print {"reference","digest","mediaType","size"}')
      .action(async (flags: Flags) => {
        const { appendTo } = await import('../append-to.js');
        await appendTo(open(), flags);
      }),
    'gantry append -b busybox:1.36 -f app.tar -t registry.example/team/app:v1',
  );
