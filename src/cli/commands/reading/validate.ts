import { type Declare, withExample } from '../../context/declare.js';

interface Flags {
  readonly remote?: string;
  readonly tarball?: string;
  readonly layout?: string;
  readonly fast?: boolean;
  readonly json?: boolean;
}

export const declareValidate: Declare = (program, open) =>
  withExample(
    program
      .command('validate')
      .description('check that an image is consistent: every digest, size and media type')
      .option('--remote <image>', 'an image or index in a registry or at another location')
      .option('--tarball <path>', 'an archive of any kind')
      .option('--layout <dir>', 'an OCI layout')
      .option('--fast', 'check that layers exist, without reading them')
      .option('--json', 'print {"subject","valid","findings"} per line')
      .action(async (flags: Flags) => {
        const { validateAll } = await import('../../actions/validate.js');
        await validateAll(open(), flags);
      }),
    'gantry validate --remote registry.example/team/app:v1',
  );
