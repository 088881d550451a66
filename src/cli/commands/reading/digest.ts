import type { CraneOptions } from '../../../crane/names/options.js';
import { UsageError } from '../../terminal/exit-code.js';
import { type Declare, withExample } from '../../context/declare.js';

interface Flags {
  readonly tarball?: string;
  readonly fullRef?: boolean;
  readonly json?: boolean;
}

export const declareDigest: Declare = (program, open) =>
  withExample(
    program
      .command('digest')
      .description('print the digest of an image')
      .argument('[image]', 'reference or other location of the image; with --tarball, its tag in the archive')
      .option('--tarball <path>', 'read the image from an archive')
      .option('--full-ref', 'print the full reference with the digest')
      .option('--json', 'print {"reference","digest"}')
      .action(async (image: string | undefined, flags: Flags) => {
        const cli = open();
        if (flags.tarball !== undefined && flags.fullRef === true) {
          throw new UsageError('--full-ref cannot be used with --tarball');
        }
        if (flags.tarball === undefined && image === undefined) {
          throw new UsageError('no image named', 'give a reference, or an archive with --tarball');
        }
        const digest = await digestOf(image, flags.tarball, cli.options);
        if (flags.json === true) {
          await cli.line(JSON.stringify({ reference: image, digest }));
          return;
        }
        const full = flags.fullRef === true && image !== undefined;
        await cli.line(full ? await fullReference(image, digest) : digest);
      }),
    'gantry digest --full-ref busybox:1.36',
  );

async function digestOf(
  image: string | undefined,
  tarball: string | undefined,
  options: CraneOptions,
): Promise<string> {
  if (tarball === undefined) {
    const { digest } = await import('../../../crane/digest.js');
    const { parseLocation } = await import('../../../crane/names/location.js');
    return digest(parseLocation(image ?? ''), options);
  }
  const { load, loadTag } = await import('../../../crane/load.js');
  const loaded = image === undefined ? await load(tarball, options) : await loadTag(tarball, image, options);
  return loaded.digest({ signal: options.signal });
}

async function fullReference(image: string, digest: string): Promise<string> {
  const { parseLocation } = await import('../../../crane/names/location.js');
  const location = parseLocation(image);
  if (location.kind !== 'docker')
    throw new UsageError('--full-ref can be used only for images in registries');
  const { parseReference } = await import('../../../name/parse-reference.js');
  return parseReference(location.reference).context().digest(digest).name();
}
