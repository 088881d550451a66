import type { Heredoc } from '../text/heredoc.js';

/** Where an instruction stands; lines are counted from 1, columns in UTF-16 code units from 1. */
export interface SourceRange {
  readonly line: number;
  readonly column: number;
  /** The last line, with the bodies of heredocs. */
  readonly endLine: number;
}

/** What all instructions have. Text in them is not expanded yet, unless a member says so. */
export interface BaseInstruction {
  readonly range: SourceRange;
  /** The instruction's line, its continuations joined, without heredocs. */
  readonly source: string;
}

/** A command: words that are executed, or text for the shell of the stage. */
export type Command =
  | { readonly form: 'exec'; readonly words: readonly string[] }
  | { readonly form: 'shell'; readonly text: string };

/** A name with a value, as in ENV and LABEL. */
export interface Pair {
  readonly name: string;
  readonly value: string;
  /** Written as `NAME VALUE`, the old form without `=`. */
  readonly legacy: boolean;
}

/** A file whose content stands in the Dockerfile, as a heredoc of COPY or ADD. */
export interface InlineFile {
  readonly name: string;
  /** The content, from which the tabs were taken off if `<<-` asked for it. */
  readonly content: string;
  /** Whether variables in the content are expanded. */
  readonly expand: boolean;
}

/** A `--mount` of RUN, expanded. */
export interface Mount {
  readonly type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  /** A stage, image or named context. */
  readonly from?: string | undefined;
  readonly source?: string | undefined;
  readonly target?: string | undefined;
  /** @default true for bind, secret and ssh */
  readonly readonly: boolean;
  readonly id?: string | undefined;
  readonly sharing?: 'shared' | 'private' | 'locked' | undefined;
  readonly required: boolean;
  /** Bytes, of a tmpfs. */
  readonly size?: number | undefined;
  readonly mode?: number | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** The variable that gets a secret; empty stands for the name of the secret. */
  readonly env?: string | undefined;
}

export interface AddInstruction extends BaseInstruction {
  readonly kind: 'add';
  readonly sources: readonly string[];
  readonly inline: readonly InlineFile[];
  readonly destination: string;
  readonly chown?: string | undefined;
  readonly chmod?: string | undefined;
  readonly link: boolean;
  readonly exclude: readonly string[];
  readonly keepGitDir?: boolean | undefined;
  readonly checksum?: string | undefined;
  /** Whether archives are unpacked. @default only local ones */
  readonly unpack?: boolean | undefined;
}

export interface ArgInstruction extends BaseInstruction {
  readonly kind: 'arg';
  /** The variables; a value is undefined if there is no default. */
  readonly variables: readonly { readonly name: string; readonly value: string | undefined }[];
}

export interface CmdInstruction extends BaseInstruction {
  readonly kind: 'cmd';
  readonly command: Command;
}

export interface CopyInstruction extends BaseInstruction {
  readonly kind: 'copy';
  readonly sources: readonly string[];
  readonly inline: readonly InlineFile[];
  readonly destination: string;
  /** A stage by name or number, an image, or a named context. Variables in it are not expanded. */
  readonly from?: string | undefined;
  readonly chown?: string | undefined;
  readonly chmod?: string | undefined;
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: readonly string[];
}

export interface EntrypointInstruction extends BaseInstruction {
  readonly kind: 'entrypoint';
  readonly command: Command;
}

export interface EnvInstruction extends BaseInstruction {
  readonly kind: 'env';
  readonly pairs: readonly Pair[];
}

export interface ExposeInstruction extends BaseInstruction {
  readonly kind: 'expose';
  /** Sorted by their text, as BuildKit does. */
  readonly ports: readonly string[];
}

export interface HealthcheckInstruction extends BaseInstruction {
  readonly kind: 'healthcheck';
  /** `['NONE']`, `['CMD', ...]` or `['CMD-SHELL', text]`, as in the config of an image. */
  readonly test: readonly string[];
  /** Nanoseconds, as all times here; 0 if not given. */
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  /** 0 if not given. */
  readonly retries: number;
}

export interface LabelInstruction extends BaseInstruction {
  readonly kind: 'label';
  readonly pairs: readonly Pair[];
}

export interface MaintainerInstruction extends BaseInstruction {
  readonly kind: 'maintainer';
  readonly maintainer: string;
}

export interface OnbuildInstruction extends BaseInstruction {
  readonly kind: 'onbuild';
  /** The instruction as text, with its heredocs, as the config of an image keeps it. */
  readonly trigger: string;
}

export interface RunInstruction extends BaseInstruction {
  readonly kind: 'run';
  readonly command: Command;
  readonly heredocs: readonly Heredoc[];
  /** The values of `--mount`, which `parseMount` reads once they are expanded. */
  readonly mounts: readonly string[];
  /** @default default */
  readonly network?: 'default' | 'none' | 'host' | undefined;
  /** @default sandbox */
  readonly security?: 'sandbox' | 'insecure' | undefined;
}

export interface ShellInstruction extends BaseInstruction {
  readonly kind: 'shell';
  readonly shell: readonly string[];
}

export interface StopsignalInstruction extends BaseInstruction {
  readonly kind: 'stopsignal';
  readonly signal: string;
}

export interface UserInstruction extends BaseInstruction {
  readonly kind: 'user';
  readonly user: string;
}

export interface VolumeInstruction extends BaseInstruction {
  readonly kind: 'volume';
  readonly volumes: readonly string[];
}

export interface WorkdirInstruction extends BaseInstruction {
  readonly kind: 'workdir';
  readonly path: string;
}

/** An instruction of a stage. */
export type Instruction =
  | AddInstruction
  | ArgInstruction
  | CmdInstruction
  | CopyInstruction
  | EntrypointInstruction
  | EnvInstruction
  | ExposeInstruction
  | HealthcheckInstruction
  | LabelInstruction
  | MaintainerInstruction
  | OnbuildInstruction
  | RunInstruction
  | ShellInstruction
  | StopsignalInstruction
  | UserInstruction
  | VolumeInstruction
  | WorkdirInstruction;

/** FROM, which begins a stage. */
export interface FromInstruction extends BaseInstruction {
  readonly kind: 'from';
  /** An image, a stage or `scratch`; variables of ARG before the first FROM are not expanded yet. */
  readonly base: string;
  /** In lower case. */
  readonly name?: string | undefined;
  /** The name as it is written. */
  readonly writtenName?: string | undefined;
  readonly platform?: string | undefined;
}
