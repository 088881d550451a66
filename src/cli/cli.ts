import type { CraneOptions } from '../crane/options.js';
import { UsageError } from './exit-code.js';
import { type Io, write } from './io.js';
import { openProgress, type ProgressStyle, progressStyles } from './progress/open.js';
import { trace } from './trace.js';

/** Options that every command understands, as commander gives them. */
interface GlobalOptions {
  readonly platform?: string;
  readonly insecure?: boolean;
  readonly allowNondistributableArtifacts?: boolean;
  readonly verbose?: boolean;
  readonly quiet?: boolean;
  readonly progress?: string;
}

/** What a command works with. */
export interface Cli {
  readonly io: Io;
  /** Options for the verbs of `crane`, made from the global flags. */
  readonly options: CraneOptions;
  /** The platform asked for; undefined means all. */
  readonly platform: string | undefined;
  /** Prints one line of data. */
  line(text: string): Promise<void>;
  /** Prints data as it is. */
  raw(bytes: Uint8Array): Promise<void>;
  /** Prints a message on stderr, unless told to be quiet. */
  note(text: string): Promise<void>;
  /** Ends the progress display. */
  close(): Promise<void>;
}

export function openCli(io: Io, flags: GlobalOptions): Cli {
  const progress = openProgress(io, progressStyle(flags, io));
  const platform = flags.platform === 'all' ? undefined : flags.platform;
  const stopTracing =
    flags.verbose === true
      ? trace((line) => {
          progress.note(line);
        })
      : undefined;
  return {
    io,
    platform,
    options: {
      signal: io.signal,
      onProgress: progress.onProgress,
      onWarning: ({ text }) => {
        progress.note(`Warning: ${text}`);
      },
      ...(platform === undefined ? {} : { platform }),
      ...(flags.insecure === true ? { insecure: true } : {}),
      ...(flags.allowNondistributableArtifacts === true ? { nondistributable: true } : {}),
    },
    line: async (text) => write(io.stdout, `${text}\n`),
    raw: async (bytes) => write(io.stdout, bytes),
    note: async (text) => {
      if (flags.quiet !== true) await write(io.stderr, `${text}\n`);
    },
    close: async () => {
      stopTracing?.();
      await progress.close();
    },
  };
}

function progressStyle(flags: GlobalOptions, io: Io): ProgressStyle {
  const asked = flags.progress ?? 'auto';
  if (asked !== 'auto') {
    const style = progressStyles.find((known) => known === asked);
    if (style === undefined) {
      throw new UsageError(
        `unknown progress style ${JSON.stringify(asked)}`,
        `one of auto, ${progressStyles.join(', ')}`,
      );
    }
    return style;
  }
  if (flags.quiet === true) return 'none';
  return io.stderr.isTTY === true && io.env.TERM !== 'dumb' && io.env.CI === undefined ? 'bars' : 'lines';
}
