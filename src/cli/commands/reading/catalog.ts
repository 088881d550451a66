import { type Declare, withExample } from '../../context/declare.js';

interface Flags {
  readonly fullRef?: boolean;
  readonly json?: boolean;
}

export const declareCatalog: Declare = (program, open) =>
  withExample(
    program
      .command('catalog')
      .description('list the repositories of a registry')
      .argument('<registry>', 'registry to list')
      .option('--full-ref', 'print names with the registry')
      .option('--json', 'print one JSON string per line')
      .action(async (registry: string, flags: Flags) => {
        const { repositories } = await import('../../../crane/catalog.js');
        const cli = open();
        for await (const repository of repositories(registry, cli.options)) {
          const text = flags.fullRef === true ? repository.name() : repository.repositoryStr();
          await cli.line(flags.json === true ? JSON.stringify(text) : text);
        }
      }),
    'gantry catalog registry.example',
  );
