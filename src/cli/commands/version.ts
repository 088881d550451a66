import { version } from '../../internal/version.js';
import type { Declare } from './declare.js';

export const declareVersion: Declare = (program, open) =>
  program
    .command('version')
    .description('print the version')
    .action(async () => {
      await open().line(version);
    });
