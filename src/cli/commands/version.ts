import { version } from '../../internal/version.js';
import { type Declare, withExample } from '../context/declare.js';

export const declareVersion: Declare = (program, open) =>
  withExample(
    program
      .command('version')
      .description('print the version')
      .action(async () => {
        await open().line(version);
      }),
    'gantry version',
  );
