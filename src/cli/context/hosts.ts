import type { TransportOptions } from '../../transport/settings/session-options.js';
import type { Input } from '../terminal/io.js';

/** What files say about registries; read before a command runs, and complained about only if it needs them. */
export interface CliHosts {
  /** `flag` is a file in place of the usual `hosts.json`; false reads nothing. */
  load(flag: string | boolean | undefined): Promise<void>;
  /** @throws what went wrong with the files. */
  settings(): HostOptions;
  /** Files that were left out, one line each. */
  skipped(): readonly string[];
}

type HostOptions = Pick<
  TransportOptions,
  'registries' | 'requestsPerSecond' | 'maxConcurrentRequests' | 'trustedRealms' | 'allowedHosts'
>;

export function newCliHosts({ env, signal }: Input): CliHosts {
  let settings = (): HostOptions => ({});
  let skipped: readonly string[] = [];
  return {
    settings: () => settings(),
    skipped: () => skipped,
    async load(flag) {
      if (flag === false) return;
      const { loadHosts } = await import('../../transport/hosts/load-hosts.js');
      try {
        const hostsFile = typeof flag === 'string' ? flag : undefined;
        const { files: _files, skipped: unused, ...options } = await loadHosts({ env, signal, hostsFile });
        settings = () => options;
        skipped = unused.map(({ error }) => error.message);
      } catch (error) {
        settings = () => {
          throw error;
        };
      }
    },
  };
}
