import { type Declare, port, withExample } from '../context/declare.js';

interface Flags {
  readonly address: string;
  readonly port?: number;
  readonly disk?: string;
}

export const declareRegistry: Declare = (program, open) => {
  const registry = program.command('registry').description('run a registry on this machine');
  withExample(
    registry
      .command('serve')
      .description('serve a registry until interrupted, in memory unless --disk is given')
      .option('--address <host>', 'address to listen on', '127.0.0.1')
      .option('--port <n>', 'port to listen on; 0 selects a free one (default: $PORT, or 0)', port)
      .option('--disk <dir>', 'store blobs and manifests in this directory')
      .action(async (flags: Flags) => {
        const cli = open();
        const { serveRegistry } = await import('../actions/serve-registry.js');
        await serveRegistry(cli, { host: flags.address, port: flags.port, disk: flags.disk });
      }),
    'gantry registry serve --port 5000 --disk store',
  );
  return registry;
};
