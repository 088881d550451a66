import { once } from 'node:events';
import type { Cli } from '../context/cli.js';
import { UsageError } from '../terminal/exit-code.js';

export interface ServeRegistryFlags {
  readonly host: string;
  readonly port: number | undefined;
  readonly disk: string | undefined;
}

/** After a signal, the process exits within a second and a half; the registry must have closed by then. */
const CLOSE_GRACE_MS = 700;

/** Serves until the run is interrupted, which is the normal end. Prints the address, and one line per request on stderr. */
export async function serveRegistry(cli: Cli, { host, port, disk }: ServeRegistryFlags): Promise<void> {
  const { serve } = await import('../../registry/serve.js');
  const server = await serve({
    host,
    port: port ?? portOf(cli.io.env.PORT),
    closeGraceMs: CLOSE_GRACE_MS,
    ...(disk !== undefined && (await storeIn(disk))),
    logger: ({ method, url, status }) => {
      cli.note(`${method} ${url} ${status}`);
    },
  });
  try {
    await cli.line(server.url);
    if (!cli.io.signal.aborted) await once(cli.io.signal, 'abort');
  } finally {
    await server.close();
  }
}

async function storeIn(dir: string): Promise<object> {
  const { newDiskStore } = await import('../../registry/store/disk/disk-store.js');
  return newDiskStore(dir);
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new UsageError(`$PORT is not a port: ${JSON.stringify(text)}`);
}
