import type { BuildEvent } from '../../build/options/build-options.js';
import type { CraneOptions } from '../../crane/names/options.js';
import { type CliHosts, newCliHosts } from './hosts.js';
import { newCliKeychain } from './keychain.js';
import type { Input } from '../terminal/io.js';
import type { Data, Output } from '../terminal/output.js';
import type { Progress } from '../progress/display.js';
import { openProgress, type ProgressStyle } from '../progress/open.js';
import { canPrompt, newPrompter, type Prompter } from '../terminal/prompt.js';
import { trace } from './trace.js';
import { reportWaits } from '../progress/report-waits.js';

/** The global flags, as commander parses them. */
export interface GlobalOptions {
  readonly platform?: readonly string[];
  readonly insecure?: boolean;
  readonly hosts?: string | boolean;
  readonly trustedRealm?: readonly string[];
  readonly allowedHost?: readonly string[];
  readonly allowNondistributableArtifacts?: boolean;
  readonly allowSymlinks?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly progress?: ProgressStyle | 'auto';
}

/** The input, output and options of a command. */
export interface Cli extends Data {
  readonly io: Input;
  /** Options for the verbs of `crane`, made from the global flags. */
  readonly options: CraneOptions;
  /** All values of `--platform`. */
  readonly platforms: readonly string[];
  /** The last value of `--platform`; undefined for `all` or without the flag. */
  readonly platform: string | undefined;
  /** Shows what a command reads and does not store; undefined if the style of progress does not show it. */
  readonly onRead: CraneOptions['onProgress'];
  /** Shows an event of a build. */
  readonly onBuildEvent: (event: BuildEvent) => void;
  /** Prints a message on stderr, except with `--quiet`. */
  note(text: string): void;
  /** Prints a warning on stderr, except with `--quiet`. */
  warn(text: string): void;
  /** Asks the person at the terminal; undefined if stdin and stderr are not terminals. */
  readonly prompter: Prompter | undefined;
  /**
   * Ends the progress display.
   *
   * @returns whether bars were erased, so that the cursor is at the start of a line.
   */
  close(): Promise<boolean>;
}

export function openCli(
  io: Input,
  { data, messages }: Output,
  flags: GlobalOptions,
  hosts: CliHosts = newCliHosts(io),
): Cli {
  const quiet = flags.quiet === true;
  const progress = openProgress(messages, progressStyle(flags, io, messages.size() !== undefined));
  const { platform: platforms = [] } = flags;
  const last = platforms.at(-1);
  const platform = last === 'all' ? undefined : last;
  const stopTracing =
    flags.verbose === true
      ? trace((line) => {
          progress.note('trace', line);
        })
      : undefined;
  const stopReporting = quiet
    ? undefined
    : reportWaits((line) => {
        progress.note('note', line);
      });
  if (flags.verbose === true) {
    for (const file of hosts.skipped()) progress.note('trace', `skipped: ${file}`);
  }
  const options: CraneOptions = {
    auth: newCliKeychain(io.env),
    signal: io.signal,
    stdin: io.stdin,
    stdout: data.archive,
    daemon: { env: io.env },
    onProgress: progress.onProgress,
    onWarning: quiet ? () => undefined : newWarnings(progress),
    ...(platform === undefined ? {} : { platform }),
    ...(flags.insecure === true ? { insecure: true } : {}),
    ...(flags.allowSymlinks === true ? { allowSymlinks: true } : {}),
    ...(flags.allowNondistributableArtifacts === true ? { nondistributable: true } : {}),
  };
  // A command may need a moment to end after Ctrl-C. Its bars disappear at once.
  io.signal.addEventListener('abort', () => void progress.close(), { once: true });
  return {
    ...data,
    io,
    prompter: canPrompt(io, messages) ? newPrompter(io, messages) : undefined,
    platforms,
    platform,
    get options() {
      const settings = hosts.settings();
      return {
        ...options,
        ...settings,
        trustedRealms: [...(flags.trustedRealm ?? []), ...(settings.trustedRealms ?? [])],
        allowedHosts: [...(flags.allowedHost ?? []), ...(settings.allowedHosts ?? [])],
      };
    },
    onRead: progress.showsReads ? progress.onProgress : undefined,
    onBuildEvent: progress.onProgress,
    note: (text) => {
      if (!quiet) progress.note('note', text);
    },
    warn: (text) => {
      if (!quiet) progress.note('warning', text);
    },
    close: async () => {
      stopTracing?.();
      stopReporting?.();
      return progress.close();
    },
  };
}

/** A registry repeats its warning in every response. Each warning is printed once. */
function newWarnings(progress: Progress): NonNullable<CraneOptions['onWarning']> {
  const printed = new Set<string>();
  return ({ registry, text }) => {
    const line = `${registry}: ${text}`;
    if (printed.has(line)) return;
    printed.add(line);
    progress.note('warning', line);
  };
}

function progressStyle(
  { progress = 'auto', quiet }: GlobalOptions,
  { env }: Input,
  isTerminal: boolean,
): ProgressStyle {
  if (quiet === true) return 'none';
  if (progress !== 'auto') return progress;
  return isTerminal && env.TERM !== 'dumb' && env.CI === undefined ? 'bars' : 'lines';
}
