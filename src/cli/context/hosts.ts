import type { TransportOptions } from '../../transport/settings/session-options.js';
import type { Input } from '../terminal/io.js';

/** The settings of registries from files. They are read before a command runs, but an error is thrown only on use. */
export interface CliHosts {
  /** `flag` is the path of a file that replaces the usual `hosts.json`; with false, no file is read. */
  load(flag: string | boolean | undefined): Promise<void>;
  /** @throws the error with which reading the files failed. */
  settings(): HostOptions;
  /** One line for each file that was skipped. */
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
