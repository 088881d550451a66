import type { Readable } from 'node:stream';
import type { CraneOptions } from '../crane/options.js';
import { type CliHosts, newCliHosts } from './hosts.js';
import { newCliKeychain } from './keychain.js';
import { type Io, write, writeStream } from './io.js';
import type { Progress } from './progress/display.js';
import { openProgress, type ProgressStyle } from './progress/open.js';
import { trace } from './trace.js';

/** Options that every command understands, as commander gives them. */
export interface GlobalOptions {
  readonly platform?: readonly string[];
  readonly insecure?: boolean;
  readonly hosts?: string | boolean;
  readonly allowNondistributableArtifacts?: boolean;
  readonly allowSymlinks?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly progress?: ProgressStyle | 'auto';
}

/** What a command works with. */
export interface Cli {
  readonly io: Io;
  /** Options for the verbs of `crane`, made from the global flags. */
  readonly options: CraneOptions;
  /** All platforms asked for. */
  readonly platforms: readonly string[];
  /** The platform asked for, the last of several; undefined means all. */
  readonly platform: string | undefined;
  /** Prints one line of data. */
  line(text: string): Promise<void>;
  /** Prints data as it is. */
  raw(bytes: Uint8Array): Promise<void>;
  /** Prints a stream of data; destroys it on every path. */
  stream(source: Readable): Promise<void>;
  /** Prints a message on stderr, unless told to be quiet. */
  note(text: string): void;
  /** Prints a warning on stderr, unless told to be quiet. */
  warn(text: string): void;
  /** Ends the progress display. */
  close(): Promise<void>;
}

export function openCli(io: Io, flags: GlobalOptions, hosts: CliHosts = newCliHosts(io)): Cli {
  const quiet = flags.quiet === true;
  const progress = openProgress(io, progressStyle(flags, io));
  const { platform: platforms = [] } = flags;
  const last = platforms.at(-1);
  const platform = last === 'all' ? undefined : last;
  const stopTracing =
    flags.verbose === true
      ? trace((line) => {
          progress.note('trace', line);
        })
      : undefined;
  if (flags.verbose === true) {
    for (const file of hosts.skipped()) progress.note('trace', `skipped: ${file}`);
  }
  const options: CraneOptions = {
    auth: newCliKeychain(io.env),
    signal: io.signal,
    stdin: io.stdin,
    stdout: io.stdout,
    daemon: { env: io.env },
    onProgress: progress.onProgress,
    onWarning: quiet ? () => undefined : newWarnings(progress),
    ...(platform === undefined ? {} : { platform }),
    ...(flags.insecure === true ? { insecure: true } : {}),
    ...(flags.allowSymlinks === true ? { allowSymlinks: true } : {}),
    ...(flags.allowNondistributableArtifacts === true ? { nondistributable: true } : {}),
  };
  return {
    io,
    platforms,
    platform,
    get options() {
      return { ...options, ...hosts.settings() };
    },
    line: async (text) => write(io.stdout, `${text}\n`),
    raw: async (bytes) => write(io.stdout, bytes),
    stream: async (source) => writeStream(io, source),
    note: (text) => {
      if (!quiet) progress.note('note', text);
    },
    warn: (text) => {
      if (!quiet) progress.note('warning', text);
    },
    close: async () => {
      stopTracing?.();
      await progress.close();
    },
  };
}

/** A registry that warns does so in every answer; once is enough. */
function newWarnings(progress: Progress): NonNullable<CraneOptions['onWarning']> {
  const told = new Set<string>();
  return ({ registry, text }) => {
    const line = `${registry}: ${text}`;
    if (told.has(line)) return;
    told.add(line);
    progress.note('warning', line);
  };
}

function progressStyle({ progress = 'auto', quiet }: GlobalOptions, io: Io): ProgressStyle {
  if (quiet === true) return 'none';
  if (progress !== 'auto') return progress;
  return io.stderr.isTTY === true && io.env.TERM !== 'dumb' && io.env.CI === undefined ? 'bars' : 'lines';
}
